import type { RootContent } from 'mdast'
import type { Piece } from './accounted/claim.ts'
import type { Entry } from './entry.ts'
import type { Findings, Span } from './findings.ts'
import { flatWords, linesOf, squeeze, textOf } from './inline.ts'
import { FIELD_LABELS, type FieldName, fieldOf, misspeltField } from './label.ts'

/** A field of a phase, each time it is declared. */
export interface Field {
  readonly name: FieldName
  readonly label: Span
  readonly entries: readonly Entry[]
  /** What only announces the values: the head of a table, "all of the following". */
  readonly heads?: readonly Span[]
}

/** A label or sub-heading whose values are being read. */
export interface Open {
  name: FieldName | undefined
  label: Span
  entries: Entry[]
  heads: Span[]
  /** Set by a sub-heading: it lasts until a heading that is not deeper. */
  depth: number | undefined
  /** It still waits for a list, a table, a fence or a paragraph. */
  hungry: boolean
}

/** The state of reading a phase's blocks one after the other. */
export interface Walk {
  readonly source: string
  readonly findings: Findings
  readonly fields: Field[]
  readonly tasks: Entry[]
  readonly description: Piece[]
  /** The blocks of the phase, and the index of the one after that which is being read. */
  readonly blocks: readonly RootContent[]
  next: number
  /** The sub-heading's field that everything below it belongs to, and the label's field inside it. */
  heading: Open | undefined
  open: Open | undefined
  /** Depth of a sub-heading that is no field; lists below it are text unless they are check lists. */
  aside: number | undefined
}

/** Ends the label that is open. */
export function close(walk: Walk): void {
  const { open } = walk
  walk.open = undefined
  if (open !== undefined) keep(walk, open)
}

/** Ends the sub-heading that is open. */
export function closeHeading(walk: Walk): void {
  const { heading } = walk
  walk.heading = undefined
  if (heading !== undefined) keep(walk, heading)
}

function keep(walk: Walk, { name, label, entries, heads }: Open): void {
  if (name !== undefined) walk.fields.push({ name, label, entries, heads })
}

/** Opens a label or (with a depth) a sub-heading. */
export function opened(name: FieldName | undefined, label: Span, depth?: number): Open {
  return { name, label, entries: [], heads: [], depth, hungry: true }
}

/** Gives entries to the field that waits for them. */
export function feed(walk: Walk, entries: readonly Entry[], head?: Span): boolean {
  const target = walk.open?.hungry === true ? walk.open : walk.open === undefined ? walk.heading : undefined
  if (target?.name === undefined) return false
  for (const entry of entries) target.entries.push(entry)
  if (head !== undefined) target.heads.push(head)
  return true
}

/** Keeps a text that is no field. */
export function describe(walk: Walk, text: string, { start, end }: Span, item?: true): void {
  if (text !== '') walk.description.push({ text, start, end, ...(item === undefined ? {} : { item }) })
}

/** The words of a heading or a cell that a reader sees and may take for a label; a label that is struck out or hidden is reported. */
export function seenWords(walk: Walk, nodes: Parameters<typeof flatWords>[0], span: Span): string {
  const inlines = linesOf(nodes, walk.source).flatMap((line) => line.inlines)
  const seen = inlines.filter(({ kind, unseen }) => kind !== 'image' && unseen === undefined)
  const words = squeeze(textOf(seen.map((one) => (one.kind === 'url' ? { ...one, text: '' } : one))))
  if (seen.length < inlines.length && fieldOf(words) === undefined)
    warnUnseen(walk, flatWords(nodes, walk.source), span)
  return words.replace(/^`|`$/g, '')
}

/** Reports a label that is struck out, hidden or a picture's text. */
export function warnUnseen(walk: Walk, words: string, span: Span): void {
  const field = fieldOf(words.replace(/[:：].*$/s, ''))
  if (field === undefined) return
  walk.findings.add('unseen-label', span, {
    message: `the label "${FIELD_LABELS[field]}" is struck out, hidden by HTML tags or a picture's text, and is not read`,
    hint: `write "${FIELD_LABELS[field]}:" plainly, or take it out`,
  })
}

/** Reports a label that is none, but nearly one. */
export function warnMisspelt(walk: Walk, words: string, span: Span): void {
  const field = misspeltField(words)
  if (field === undefined) return
  walk.findings.add('misspelt-label', span, {
    message: `"${words}" is no label of a phase, and is kept as text`,
    hint: `did you mean "${FIELD_LABELS[field]}:"?`,
  })
}
