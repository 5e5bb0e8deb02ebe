import { nearest } from './edit-distance.ts'
import { gateLabel } from './gate-label.ts'
import { type Line, squeeze, wordsOf } from './inline.ts'
import { labelKey } from './label-key.ts'
import { partsOf, singular, unmodified, withoutPhase } from './label-variant.ts'
import { looksLikePath } from './path.ts'

/** What a phase can say about itself. */
export type FieldName =
  | 'tasks'
  | 'modules'
  | 'testCommand'
  | 'criteria'
  | 'gotchas'
  | 'files'
  | 'generated'
  | 'inputs'
  | 'dependsOn'
  | 'allow'
  | 'approval'
  | 'agents'

const ALIASES: Readonly<Record<FieldName, readonly string[]>> = {
  tasks: [
    'tasks',
    'task list',
    'deliverables',
    'subtasks',
    'sub-tasks',
    'included subtasks',
    'work items',
    'to do',
    'todos',
    'implementation tasks',
    'implementation steps',
    'action items',
    'steps',
  ],
  modules: ['modules', 'module', 'affected modules', 'modules affected', 'module list'],
  testCommand: [
    'test command',
    'test commands',
    'test cmd',
    'test cmds',
    'testing command',
    'testing commands',
    'command to test',
  ],
  criteria: [
    'success criteria',
    'success criterion',
    'acceptance criteria',
    'acceptance criterion',
    'exit criteria',
    'exit criterion',
    'exit gate',
    'exit gates',
    'completion criteria',
    'done criteria',
    'definition of done',
    'done when',
    'criteria',
    'acceptance',
  ],
  gotchas: [
    'gotchas',
    'gotcha',
    'pitfalls',
    'known pitfalls',
    'common pitfalls',
    'caveats',
    'known issues',
    'watch out',
    'watch out for',
    'warnings',
    'risks',
    'risks and mitigations',
  ],
  files: [
    'files',
    'key files',
    'file list',
    'files to create',
    'files to modify',
    'files to create or modify',
    'files to create and modify',
    'files to create modify',
    'files to add',
    'files to change',
    'files to touch',
    'files to edit',
    'files to update',
    'files created',
    'files modified',
    'files changed',
    'files affected',
    'files touched',
    'affected files',
    'new files',
    'output files',
    'owned files',
  ],
  generated: ['generated', 'generated files', 'generated code', 'generated stubs'],
  // "Inputs:" alone is also an ordinary word; see `asInputs`.
  inputs: ['test inputs', 'inputs of the test'],
  dependsOn: [
    'depends on',
    'depends',
    'dependencies',
    'dependency',
    'dependent on',
    'phase dependencies',
    'blocked by',
    'prerequisites',
    'prerequisite',
    'prerequisite phases',
    'requires',
    'after',
    'predecessors',
    'needs',
  ],
  allow: ['allow', 'allowed'],
  approval: ['approval'],
  agents: ['agents'],
}

/** The labels that name a field, in lower case. */
export function labelsOf(field: FieldName): readonly string[] {
  return ALIASES[field]
}

const FIELD_OF = new Map<string, FieldName>()
for (const [field, aliases] of Object.entries(ALIASES)) {
  for (const alias of aliases) FIELD_OF.set(labelKey(alias), field as FieldName)
}

// Labels near which a slip of the pen is looked for: not the short or ordinary words, which are near to too much.
const SPELLED = [...FIELD_OF.keys()].filter(
  (key) =>
    key.length >= 5 &&
    ![
      'after',
      'needs',
      'requires',
      'steps',
      'depends',
      'warnings',
      'criteria',
      'acceptance',
      'allowed',
      'generated',
    ].includes(key),
)

const FIRST_WORDS = new Set([...FIELD_OF.keys()].map((key) => key.split(' ')[0]))

/** Whether some label begins with a word. */
export function beginsLabel(word: string): boolean {
  return FIRST_WORDS.has(word.toLowerCase())
}

/** The label a person reads for each field, for messages. */
export const FIELD_LABELS: Readonly<Record<FieldName, string>> = {
  tasks: 'Tasks',
  modules: 'Modules',
  testCommand: 'Test Command',
  criteria: 'Success Criteria',
  gotchas: 'Gotchas',
  files: 'Files',
  generated: 'Generated',
  inputs: 'Inputs',
  dependsOn: 'Depends On',
  allow: 'Allow',
  approval: 'Approval',
  agents: 'Agents',
}

/** A label at the beginning of a line (or alone in a heading). */
export interface Label {
  /** Undefined for a label that is no field of a phase. */
  readonly field: FieldName | undefined
  /** As written, without markup, colon and brackets. */
  readonly words: string
  readonly start: number
  /** Where its value begins. */
  readonly end: number
}

/** The field a label names, by its words alone. Plurals, words before it that narrow it, and several labels of one field are the same. */
export function fieldOf(words: string): FieldName | undefined {
  if (words.length > 80) return undefined
  const key = labelKey(words)
  const known = variantOf(key)
  if (known !== undefined) return known
  const parts = partsOf(words)
  if (parts.length === 0) return undefined
  const fields = new Set(
    parts.map((part) => part.map((one) => variantOf(labelKey(one))).find((one) => one !== undefined)),
  )
  const [field] = fields
  return fields.size === 1 ? field : undefined
}

/** Whether words may name what the phase's test reads. They are also ordinary words: see `arePaths`. */
export function isInputsLabel(words: string): boolean {
  return /^inputs$/i.test(words.trim())
}

/** Whether a text is paths or globs and nothing else. */
export function arePaths(text: string): boolean {
  const words = text.split(/[\s,;`]+/).filter((word) => word !== '')
  return words.length > 0 && words.every(looksLikePath)
}

// Fields of a few plain words: in a variant they are ordinary words.
const EXACT: ReadonlySet<FieldName> = new Set(['allow', 'approval', 'agents'])
// Those before which another word makes something else of it: "external dependencies", "relevant files".
const NARROWED: ReadonlySet<FieldName> = new Set(['tasks', 'criteria', 'gotchas', 'testCommand'])

const SINGULAR = new Map<string, FieldName>()
for (const [key, field] of FIELD_OF) {
  if (!EXACT.has(field) && !/^(?:steps|needs|requires)$/.test(key)) SINGULAR.set(singular(key), field)
}

function variantOf(key: string): FieldName | undefined {
  const direct = FIELD_OF.get(key) ?? SINGULAR.get(singular(key))
  if (direct !== undefined || key === '') return direct
  const own = withoutPhase(key)
  const ofPhase = own === key ? undefined : (FIELD_OF.get(own) ?? SINGULAR.get(singular(own)))
  if (ofPhase !== undefined) return EXACT.has(ofPhase) ? undefined : ofPhase
  const bare = unmodified(own)
  const narrowed = bare === own ? undefined : (FIELD_OF.get(bare) ?? SINGULAR.get(singular(bare)))
  return narrowed !== undefined && NARROWED.has(narrowed) ? narrowed : undefined
}

/** The field whose label this was probably meant to be: nearly one, or labels of several fields at once. */
export function misspeltField(words: string): FieldName | undefined {
  if (fieldOf(words) !== undefined || words.length > 80) return undefined
  const near = nearest(labelKey(words), SPELLED)
  if (near !== undefined) return FIELD_OF.get(near)
  const [first, ...more] = partsOf(words).map((part) => FIELD_OF.get(labelKey(part[0] ?? '')))
  return first !== undefined && more.length > 0 && more.every((one) => one !== undefined) ? first : undefined
}

const COLON = /^(\s*(?:\([^()\n]{0,120}\)|\[[^[\]\n]{0,120}\])?\s*[:：])\s*/
const PLAIN = /^([\p{L}][\p{L}\p{N} &/_'-]{1,48}?)(\s*\([^()\n]{0,120}\))?\s*[:：](?=\s|$)\s*/u

/**
 * The label a line begins with: `**X:**`, `**X**:`, `**X** (…):`, `X:`, or a known field's name alone in bold. A plain unknown word before a colon
 * is a label only where nothing follows it on its line; otherwise it is prose.
 */
export function labelOf(line: Line, source: string): Label | undefined {
  let index = line.inlines.findIndex((inline) => /[\p{L}\p{N}]/u.test(inline.text))
  const first = line.inlines[index]
  // A reader does not take for a label what is struck out or hidden.
  if (first === undefined || first.unseen !== undefined) return undefined
  if (first.kind === 'mark') {
    let words = ''
    for (; line.inlines[index]?.kind === 'mark'; index++) words += line.inlines[index]?.text ?? ''
    const next = line.inlines[index]
    const inside = words.match(/^([^:：]{1,80})[:：]\s*$/)
    // Text in the same bold after the colon belongs to the value: `**Test Command: npm test**`.
    const split = inside === null ? words.match(/^([^:：]{1,80})[:：]\s+\S/) : null
    if (inside !== null) return label(inside[1] ?? '', line.start, next?.start ?? line.end)
    if (split !== null) {
      const field = fieldOf(split[1] ?? '')
      return field === undefined ? undefined : label(split[1] ?? '', line.start, first.start + split[0].length - 1)
    }
    if (next === undefined) return fieldOf(words) === undefined ? undefined : label(words, line.start, line.end)
    const colon = next.kind === 'text' ? next.text.match(COLON) : null
    if (colon === null) return undefined
    const raw = source.slice(next.start, next.end).match(COLON)
    return label(words, line.start, next.start + (raw?.[0].length ?? colon[0].length))
  }
  if (first.kind !== 'text') return undefined
  const lead = first.text.length - first.text.trimStart().length
  const skipped = first.text.trimStart().replace(/^[^\p{L}\p{N}]+/u, '')
  const plain = skipped.match(PLAIN)
  if (plain === null) return undefined
  const at = first.start + lead + (first.text.trimStart().length - skipped.length)
  const end = at + plain[0].length
  const alone = skipped.length === plain[0].length && line.inlines.length === index + 1
  const words = plain[1] ?? ''
  const known = fieldOf(words) ?? misspeltField(words) ?? gateLabel(words)
  if (alone || known !== undefined) return label(words, at, end)
  const behind = [skipped.slice(plain[0].length), ...line.inlines.slice(index + 1).map(({ text }) => text)].join('')
  return isInputsLabel(words) && arePaths(behind) ? label(words, at, end) : undefined
}

/** The label that a line is which is nothing but a field's name, without a colon: one where a list, a table or a fence follows. */
export function aloneLabel(line: Line): Label | undefined {
  const [only, more] = line.inlines
  if (only?.kind !== 'text' || more !== undefined || only.unseen !== undefined) return undefined
  const words = only.text.trim()
  if (!/^\p{Lu}/u.test(words) || /[:：.!?]$/.test(words) || !FIELD_OF.has(labelKey(words))) return undefined
  return label(words, line.start, line.end)
}

function label(words: string, start: number, end: number): Label {
  return { field: fieldOf(words), words: squeeze(words), start, end }
}

/** The label a heading inside a phase is, if its words name a field. */
export function headingLabel(words: string): FieldName | undefined {
  return fieldOf(words.replace(/[:：]\s*$/, ''))
}

/** A line's words after its label. */
export function restOf(line: Line, end: number): Line | undefined {
  const inlines = line.inlines.flatMap((inline) => {
    if (inline.start >= end) return [inline]
    if (inline.end <= end) return []
    return [{ ...inline, start: end, text: inline.text.slice(end - inline.start) }]
  })
  return wordsOf(inlines) === '' ? undefined : { inlines, start: inlines[0]?.start ?? end, end: line.end }
}

/** A line with several labels, `**Branch:** x | **Depends on:** Phase 1`, as a line for each. */
export function splitLabels(line: Line): readonly Line[] {
  const at = line.inlines.findIndex((inline, index) => {
    if (index === 0 || inline.kind !== 'mark') return false
    const colon = /[:：]\s*$/.test(inline.text) || /^\s*[:：]/.test(line.inlines[index + 1]?.text ?? '')
    return colon && /[|·•;,–—]\s*$/.test(line.inlines[index - 1]?.text ?? '')
  })
  if (at < 0) return [line]
  const head = line.inlines.slice(0, at)
  const last = head.at(-1)
  const rest = line.inlines.slice(at)
  if (last === undefined) return [line]
  const trimmed = { ...last, text: last.text.replace(/\s*[|·•;,–—]\s*$/, '') }
  const before: Line = { inlines: [...head.slice(0, -1), trimmed], start: line.start, end: last.end }
  return [before, ...splitLabels({ inlines: rest, start: rest[0]?.start ?? line.start, end: line.end })]
}
