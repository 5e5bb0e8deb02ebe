import { adviceKinds } from '../advice-kinds.ts'
import { codes } from '../codes.ts'
import { FIELD_LABELS, type FieldName, labelsOf } from '../label.ts'

/** The codes of the compiler's findings and how grave each is, as a table of the reference in Markdown. */
export function diagnosticsTable(): string {
  return table(
    ['code', 'severity'],
    Object.entries(codes).map(([code, severity]) => [`[\`${code}\`](#${code})`, severity]),
  )
}

/** Every label that is read, by field. Labels are compared without case, brackets, numbering and punctuation. */
export function labelsTable(): string {
  const fields = Object.keys(FIELD_LABELS) as FieldName[]
  return table(
    ['field', 'labels'],
    fields.map((field) => [FIELD_LABELS[field], labelsOf(field).join(', ')]),
  )
}

/** What `lint` advises, and why. */
export function adviceTable(): string {
  return table(
    ['advice', 'why it saves money'],
    Object.entries(adviceKinds).map(([kind, why]) => [`[\`${kind}\`](#${kind})`, why]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
