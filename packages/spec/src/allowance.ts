import { nearest } from './edit-distance.ts'
import type { Entry } from './entry.ts'
import type { Findings } from './findings.ts'

/** Marks and forms of unfinished work. */
export const unfinishedKinds = ['TODO', 'FIXME', 'XXX', 'HACK', 'not-implemented', 'stub', 'empty-body'] as const

/** What a phase may be spared, by name. */
export const allowances = [
  ...unfinishedKinds,
  'no-tests',
  'fewer-tests',
  'weaker-checks',
  'unresolved-imports',
] as const
export type Allowance = (typeof allowances)[number]

const byPlainName = new Map(allowances.map((name) => [name.toLowerCase(), name]))

/** The names under `Allow:`, in any case. What is no name is reported and allows nothing. */
export function readAllowances(entries: readonly Entry[], findings: Findings): readonly Allowance[] {
  const found = new Set<Allowance>()
  for (const entry of entries) {
    const unknown: string[] = []
    for (const word of entry.text
      .replaceAll('`', '')
      .split(/[\s,;]+/)
      .filter(Boolean)) {
      const name = byPlainName.get(word.toLowerCase())
      if (name === undefined) unknown.push(word)
      else found.add(name)
    }
    if (unknown.length > 0) reportUnknown(entry, unknown, findings)
  }
  return [...found]
}

function reportUnknown(entry: Entry, words: readonly string[], findings: Findings): void {
  const shown = words.slice(0, 5).map((word) => `"${word.slice(0, 40)}"`)
  const near = words.map((word) => nearest(word.toLowerCase(), byPlainName.keys())).find((name) => name !== undefined)
  findings.add(
    'unknown-allowance',
    { start: entry.start, end: entry.end },
    {
      message: `${shown.join(', ')} ${words.length === 1 ? 'is' : 'are'} nothing that a phase can be spared`,
      hint:
        near === undefined
          ? `what can be allowed: ${allowances.join(', ')}`
          : `did you mean "${byPlainName.get(near)}"?`,
    },
  )
}
