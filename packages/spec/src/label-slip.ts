import { allowances } from './allowance.ts'
import type { Line } from './inline.ts'
import { beginsLabel, type FieldName, fieldOf } from './label.ts'
import { looksLikePath } from './path.ts'

/** What goes on behind a word as a sentence does. */
const SENTENCE =
  /^(?:is|are|was|were|be|being|been|have|has|had|can|could|may|might|must|should|shall|will|would|do|does|did|and|or|of|in|on|at|to|for|from|with|without|by|that|which|who|as|per|not|no|include[sd]?|need[s]?|come[s]?|share[sd]?|run[s]?|go(?:es)?|get[s]?|use[sd]?|make[s]?|here|there|above|below|only|also|all|each|every|list(?:s|ed)?|change[sd]?|created?|added|owned)\b/i

/**
 * The field whose label a line begins with although no colon is behind it: `Test Command npm test`, `**Gotchas** mind it`.
 * Undefined where the line reads as a sentence that begins with that word.
 */
export function colonlessField(line: Line): FieldName | undefined {
  const at = line.inlines.findIndex(({ text }) => /[\p{L}\p{N}]/u.test(text))
  const first = line.inlines[at]
  if (first === undefined || first.unseen !== undefined) return undefined
  const behind = line.inlines
    .slice(at + 1)
    .map(({ kind, text }) => (kind === 'code' ? `\`${text}\`` : text))
    .join('')
  if (first.kind === 'mark') {
    const field = fieldOf(first.text)
    return field !== undefined && behind.trim() !== '' && !SENTENCE.test(behind.trim()) ? field : undefined
  }
  if (first.kind !== 'text') return undefined
  const text = `${first.text}${behind}`.trimStart()
  const head = /^\p{Lu}\p{L}*/u.exec(text)?.[0]
  if (head === undefined || !beginsLabel(head)) return undefined
  // The longest label counts: "Test Commands", not "Test".
  const words = text.slice(0, 120).split(/\s+/).slice(0, 6)
  for (let count = Math.min(5, words.length - 1); count > 0; count--) {
    const label = words.slice(0, count).join(' ')
    const field = /[:.,;]/.test(label) ? undefined : fieldOf(label)
    if (field === undefined) continue
    const rest = text.split(/\s+/).slice(count).join(' ')
    return (field === 'dependsOn' || !SENTENCE.test(rest)) && fits(field, rest, count > 1) ? field : undefined
  }
  return undefined
}

/** Whether words are such a value as the field has. */
function fits(field: FieldName, value: string, several: boolean): boolean {
  const [first = '', second] = value.split(/[\s,]+/)
  switch (field) {
    case 'testCommand':
    case 'criteria':
      return several
    case 'gotchas':
      return several || /^\p{Lu}|^`/u.test(value)
    case 'dependsOn':
      return /^(?:phases?|steps?|stages?|milestones?|work packages?|[A-Z]{1,5}\d+|\d+|none|nothing|n\/a|all|every|previous|prior|independent)(?![\p{L}\p{N}])/iu.test(
        value.replace(/^[([]+/, ''),
      )
    case 'modules':
      return /[,(]/.test(value) || second === undefined
    case 'files':
    case 'generated':
    case 'inputs':
      return looksLikePath(first.replaceAll('`', ''))
    case 'allow':
      return allowances.some((name) => name.toLowerCase() === first.toLowerCase())
    case 'approval':
      return /^(?:required|none)$/i.test(value)
    case 'agents':
      return /^[a-z]+-[a-z]+\s*:/.test(value)
    case 'tasks':
      return /^`|^[A-Z]\S* \S+(?: \S+)*[,;]/.test(value)
  }
}
