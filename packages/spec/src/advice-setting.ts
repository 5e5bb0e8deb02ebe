import { type Advice, adviceKinds } from './advice-kinds.ts'
import type { Findings } from './findings.ts'
import type { Value } from './front-matter.ts'
import type { Settings } from './plan.ts'
import { flagValue, mapEntries } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

const KINDS = Object.keys(adviceKinds) as Advice[]

/** `advice: false`, or by name: `advice: { large-phase: false }`. */
export function readAdviceSetting(value: Value, findings: Findings): Settings['adviceOff'] {
  if (value.form !== 'map') {
    const wanted = flagValue(value, 'advice', findings)
    return wanted === false ? 'all' : undefined
  }
  const off = (mapEntries(value, 'advice', findings) ?? []).flatMap((entry) => {
    const kind = KINDS.find((known) => known === entry.key)
    if (kind === undefined) unknownKey(entry, KINDS, findings)
    return kind !== undefined && flagValue(entry.value, `advice.${kind}`, findings) === false ? [kind] : []
  })
  return off.length === 0 ? undefined : off
}
