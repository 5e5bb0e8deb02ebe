import type { Field } from './field.ts'
import { fieldEntries, idEntries } from './field-value.ts'
import type { Findings } from './findings.ts'
import type { Entry } from './front-matter.ts'
import { FIELD_LABELS, type FieldName, fieldOf } from './label.ts'
import { mapEntries } from './setting-value.ts'
import { unknownKey } from './unknown-setting.ts'

const KEYS: readonly string[] = Object.keys(FIELD_LABELS)

/** Reads `phases:` of the front matter, a map from id to fields, into the fields each phase gets from there. */
export function readPhaseSettings(
  phases: readonly Entry[],
  ids: ReadonlySet<string>,
  findings: Findings,
): ReadonlyMap<string, readonly Field[]> {
  const read = new Map<string, readonly Field[]>()
  for (const phase of phases) {
    if (!ids.has(phase.key)) {
      findings.add('unknown-phase-setting', phase.keySpan, {
        message: `the spec has no phase "${phase.key.slice(0, 40)}"`,
        hint: `its phases are: ${[...ids].slice(0, 30).join(', ')}`,
      })
      continue
    }
    const fields = (mapEntries(phase.value, `phases.${phase.key}`, findings) ?? []).flatMap(
      (entry): readonly Field[] => {
        const name = KEYS.find((key) => key === entry.key) ?? fieldOf(entry.key.replace(/([a-z])([A-Z])/g, '$1 $2'))
        if (name === undefined) {
          unknownKey(entry, KEYS, findings)
          return []
        }
        return [
          {
            name: name as FieldName,
            label: entry.keySpan,
            entries: name === 'dependsOn' ? idEntries(entry.value) : fieldEntries(entry.value),
          },
        ]
      },
    )
    read.set(phase.key, fields)
  }
  return read
}
