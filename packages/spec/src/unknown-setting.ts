import { nearest } from './edit-distance.ts'
import type { Findings } from './findings.ts'
import type { Entry } from './front-matter.ts'

// Keys that documents of other tools carry; they say nothing to this one, and are let be.
const FOREIGN: ReadonlySet<string> = new Set(
  '$schema title description author authors date created updated status version tags category categories type layout lang draft summary feature branch spec plan phase milestone wave owner owners subtasks dependencies history lane id slug priority work_package_id wp_code mission_id owned_files authoritative_surface execution_mode created_at updated_at'.split(
    ' ',
  ),
)

/** Reports a key that is none: an error where a known key is near, else a warning. */
export function unknownKey(entry: Entry, known: readonly string[], findings: Findings): void {
  const plain = (key: string): string => key.toLowerCase().replace(/[-_ ]/g, '')
  if (FOREIGN.has(entry.key)) return
  const near = nearest(plain(entry.key), known.map(plain)) ?? known.map(plain).find((key) => key === plain(entry.key))
  const meant = known.find((key) => plain(key) === near)
  const shown = entry.key.slice(0, 60)
  if (meant !== undefined)
    findings.add('misspelt-setting', entry.keySpan, {
      message: `"${shown}" is no setting`,
      hint: `did you mean "${meant}"?`,
    })
  else
    findings.add('unknown-setting', entry.keySpan, {
      message: `"${shown}" is no setting, and is ignored`,
      hint: `settings are: ${known.join(', ')}`,
    })
}
