import type { Findings } from './findings.ts'
import type { Value } from './front-matter.ts'
import type { FindingSeverity, Judging } from './plan.ts'
import { mapEntries, textValue, wrong } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

const KEYS = ['when', 'severity'] as const
const SEVERITIES: readonly FindingSeverity[] = ['critical', 'major', 'minor']
const WHEN: readonly Judging['when'][] = ['each', 'final', 'off']

/** What holds where front matter says nothing. */
export const DEFAULT_JUDGING: Judging = { when: 'final', severity: 'major' }

/** `review: each` or `review: { when: each, severity: minor }`. */
export function readJudging(value: Value, key: 'review' | 'audit', findings: Findings): Judging | undefined {
  if (value.form === 'scalar') {
    const when = readWhen(value, key, findings)
    return when === undefined ? undefined : { ...DEFAULT_JUDGING, when }
  }
  const entries = mapEntries(value, key, findings)
  if (entries === undefined) return undefined
  let judging = DEFAULT_JUDGING
  for (const entry of entries) {
    if (entry.key === 'when')
      judging = { ...judging, when: readWhen(entry.value, `${key}.when`, findings) ?? judging.when }
    else if (entry.key === 'severity')
      judging = { ...judging, severity: readSeverity(entry.value, key, findings) ?? judging.severity }
    else unknownKey(entry, KEYS, findings)
  }
  return judging
}

function readWhen(value: Value, key: string, findings: Findings): Judging['when'] | undefined {
  // YAML 1.1 reads a bare `off` as false, and so do people's habits.
  const text = value.form === 'scalar' && value.value === false ? 'off' : textValue(value, key, findings)
  const when = WHEN.find((each) => each === text)
  if (when !== undefined || text === undefined) return when
  return wrong(value, key, '"each" (every phase), "final" (the end of the run) or "off"', findings)
}

function readSeverity(value: Value, key: string, findings: Findings): FindingSeverity | undefined {
  const text = textValue(value, `${key}.severity`, findings)
  const severity = SEVERITIES.find((each) => each === text)
  if (severity !== undefined || text === undefined) return severity
  return wrong(value, `${key}.severity`, `${SEVERITIES.map((each) => `"${each}"`).join(', ')}`, findings)
}
