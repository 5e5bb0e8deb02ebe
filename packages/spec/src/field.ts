import type { ListItem, Paragraph, RootContent, Table } from 'mdast'
import { blockText } from './block-text.ts'
import { type Entry, entriesOf, fenceEntry, readItem, rowsOf, spanOf, textEntry } from './entry.ts'
import type { Findings, Span } from './findings.ts'
import { shownBlocks } from './hidden-html.ts'
import { flatWords, type Line, linesOf, squeeze } from './inline.ts'
import {
  FIELD_LABELS,
  type FieldName,
  headingLabel,
  type Label,
  labelOf,
  misspeltField,
  restOf,
  splitLabels,
} from './label.ts'

/** A field of a phase, each time it is declared. */
export interface Field {
  readonly name: FieldName
  readonly label: Span
  readonly entries: readonly Entry[]
}

/** A phase's body, taken apart. */
export interface PhaseFields {
  readonly fields: readonly Field[]
  /** Items outside every label: what there is to do. */
  readonly tasks: readonly Entry[]
  /** Canonical text of what is no field. */
  readonly description: string
}

interface Open {
  name: FieldName | undefined
  label: Span
  entries: Entry[]
  /** Set by a sub-heading: it lasts until a heading that is not deeper. */
  depth: number | undefined
  /** It still waits for a list, a table, a fence or a paragraph. */
  hungry: boolean
}

interface Walk {
  readonly source: string
  readonly findings: Findings
  readonly fields: Field[]
  readonly tasks: Entry[]
  readonly description: string[]
  /** The sub-heading's field that everything below it belongs to, and the label's field inside it. */
  heading: Open | undefined
  open: Open | undefined
  /** Depth of a sub-heading that is no field; lists below it are text unless they are check lists. */
  aside: number | undefined
}

/** Splits a phase's blocks into labelled fields, tasks and text. */
export function readFields(
  blocks: readonly RootContent[],
  first: readonly Line[],
  source: string,
  findings: Findings,
): PhaseFields {
  const walk: Walk = {
    source,
    findings,
    fields: [],
    tasks: [],
    description: [],
    heading: undefined,
    open: undefined,
    aside: undefined,
  }
  if (first.length > 0) readLines(walk, first)
  for (const block of blocks) readBlock(walk, block)
  close(walk)
  closeHeading(walk)
  return {
    fields: walk.fields,
    tasks: walk.tasks,
    description: walk.description.filter((text) => text !== '').join('\n\n'),
  }
}

function close(walk: Walk): void {
  const { open } = walk
  walk.open = undefined
  if (open?.name !== undefined) walk.fields.push({ name: open.name, label: open.label, entries: open.entries })
}

function closeHeading(walk: Walk): void {
  const { heading } = walk
  walk.heading = undefined
  if (heading?.name !== undefined)
    walk.fields.push({ name: heading.name, label: heading.label, entries: heading.entries })
}

function readBlock(walk: Walk, block: RootContent): void {
  switch (block.type) {
    case 'heading': {
      close(walk)
      const words = flatWords(block.children, walk.source)
      if (walk.heading !== undefined && block.depth <= (walk.heading.depth ?? 0)) closeHeading(walk)
      if (walk.aside !== undefined && block.depth <= walk.aside) walk.aside = undefined
      const name = headingLabel(words)
      const lines = linesOf(block.children, walk.source)
      const labelled = lines[0] === undefined ? undefined : labelOf(lines[0], walk.source)
      const span = spanOf(block)
      if (name === undefined && labelled?.field !== undefined) {
        closeHeading(walk)
        readLines(walk, lines)
      } else if (name !== undefined) {
        closeHeading(walk)
        walk.heading = { name, label: span, entries: [], depth: block.depth, hungry: true }
      } else if (walk.heading === undefined) {
        warnMisspelt(walk, words, span)
        warnCommands(walk, words, span)
        walk.aside ??= block.depth
        walk.description.push(blockText(block, walk.source))
      }
      return
    }
    case 'paragraph':
      readLines(walk, linesOf(block.children, walk.source))
      return
    case 'list':
      readList(walk, block.children)
      return
    case 'table':
      readTable(walk, block)
      return
    case 'code': {
      if (!feed(walk, [fenceEntry(block)])) walk.description.push(blockText(block, walk.source))
      return
    }
    case 'thematicBreak':
      close(walk)
      return
    default:
      walk.description.push(blockText(block, walk.source))
  }
}

/** Gives entries to the field that waits for them. */
function feed(walk: Walk, entries: readonly Entry[]): boolean {
  const target = walk.open?.hungry === true ? walk.open : walk.open === undefined ? walk.heading : undefined
  if (target?.name === undefined) return false
  for (const entry of entries) target.entries.push(entry)
  return true
}

/** A value that only announces the list below it: `Success Criteria: all of these`. */
const INTRODUCES =
  /[:：]$|^(?:all (?:of )?(?:the following|these|must\b.*)|the following|these|as follows|see below)(?: must (?:hold|pass|be true))?[.:]?$/i

/** Reads a paragraph (or what continues an item lazily): labels at the beginning of lines, and text. */
function readLines(walk: Walk, lines: readonly Line[]): void {
  let run: Line[] = []
  const flush = (): void => {
    const kept = run
    run = []
    if (kept.length > 0) readText(walk, kept)
  }
  for (const line of lines.flatMap(splitLabels)) {
    const found = labelOf(line, walk.source)
    if (found === undefined || (found.field === undefined && walk.heading !== undefined && walk.open === undefined)) {
      run.push(line)
      continue
    }
    flush()
    openLabel(walk, found, line)
    const rest = restOf(line, found.end)
    if (rest !== undefined) run.push(rest)
  }
  flush()
  // A field with a value on its own line asks for more only where that value announces it.
  if (walk.open !== undefined && walk.open.entries.length > 0) {
    walk.open.hungry = INTRODUCES.test(walk.open.entries.at(-1)?.text ?? '')
    if (/[:：]$/.test(walk.open.entries.at(-1)?.text ?? '')) walk.open.entries.pop()
  }
}

function openLabel(walk: Walk, found: Label, line: Line): void {
  close(walk)
  const span = { start: found.start, end: Math.max(found.start + 1, Math.min(found.end, line.end)) }
  if (found.field === undefined) {
    warnMisspelt(walk, found.words, span)
    warnCommands(walk, found.words, span)
    walk.description.push(`${found.words}:`)
  }
  walk.open = { name: found.field, label: span, entries: [], depth: undefined, hungry: true }
}

function readText(walk: Walk, lines: readonly Line[]): void {
  const entry = textEntry(lines)
  if (walk.open?.hungry) {
    if (walk.open.name === undefined) {
      walk.description.push(entry.text)
      walk.open.hungry = false
    } else {
      walk.open.entries.push(entry)
      walk.open.hungry = false
    }
    return
  }
  close(walk)
  if (walk.heading?.name !== undefined) walk.heading.entries.push(entry)
  else walk.description.push(entry.text)
}

/**
 * Reads a list. What hangs lazily onto one of its items may open another field, which the items after it then belong to:
 * Markdown makes one list of items with `Gotchas:` between them.
 */
function readList(walk: Walk, items: readonly ListItem[]): void {
  let home = listHome(walk)
  const texts: string[] = []
  const flush = (): void => {
    if (texts.length > 0) walk.description.push(texts.splice(0).join('\n'))
  }
  for (const item of items) {
    const read = readItem(item, walk.source)
    const [head] = read.entry.lines
    const found = head === undefined ? undefined : labelOf(head, walk.source)
    if (found?.field !== undefined && home?.name !== found.field) readLabelledItem(walk, found, read.entry.lines, item)
    else if (home?.name !== undefined) home.entries.push(read.entry)
    else if (read.entry.checked !== undefined || (home === undefined && walk.aside === undefined))
      walk.tasks.push(read.entry)
    else
      texts.push(
        `- ${read.entry.text}${read.entry.below === undefined ? '' : `\n  ${read.entry.below.replaceAll('\n', '\n  ')}`}`,
      )
    if (read.lazy.length > 0) {
      flush()
      readLines(walk, read.lazy)
      home = listHome(walk)
    }
  }
  flush()
  if (walk.open === home && walk.open !== undefined) walk.open.hungry = false
}

/** The field that a list belongs to, if one waits for it. A list after a label that had its value is the phase's own. */
function listHome(walk: Walk): Open | undefined {
  if (walk.open?.hungry === true) return walk.open
  close(walk)
  return walk.heading
}

/** `- **Depends on:** Phase 1`, or a label with its values as a list below. */
function readLabelledItem(walk: Walk, found: Label, lines: readonly Line[], item: ListItem): void {
  if (found.field === undefined) return
  const [head, ...more] = lines
  const rest = head === undefined ? undefined : restOf(head, found.end)
  const all = rest === undefined ? more : [rest, ...more]
  const entries: Entry[] = []
  if (all.length > 0) entries.push(textEntry(all))
  for (const child of shownBlocks(item.children.slice(1))) entries.push(...entriesOf(child, walk.source))
  walk.fields.push({
    name: found.field,
    label: { start: found.start, end: Math.max(found.start + 1, found.end) },
    entries,
  })
}

/** A table is a label's value, or (two columns, labels in the first) fields of its own. */
function readTable(walk: Walk, table: Table): void {
  if (feed(walk, rowsOf(table, walk.source))) return
  close(walk)
  const labelled = table.children.filter(
    (row) => headingLabel(cellWords(walk, row.children[0]?.children ?? [])) !== undefined,
  )
  if (labelled.length === 0 || table.children.some((row) => row.children.length > 2)) {
    walk.description.push(blockText(table, walk.source))
    return
  }
  for (const row of table.children) {
    const [key, value] = row.children
    const name = headingLabel(cellWords(walk, key?.children ?? []))
    if (name === undefined || key === undefined || value === undefined) continue
    const lines = linesOf(value.children, walk.source)
    const entries = lines.length === 0 ? [] : [textEntry(lines)]
    walk.fields.push({ name, label: spanOf(key), entries })
  }
}

function cellWords(walk: Walk, nodes: Paragraph['children']): string {
  return squeeze(flatWords(nodes, walk.source))
}

function warnMisspelt(walk: Walk, words: string, span: Span): void {
  const field = misspeltField(words)
  if (field === undefined) return
  walk.findings.add('misspelt-label', span, {
    message: `"${words}" is no label of a phase, and is kept as text`,
    hint: `did you mean "${FIELD_LABELS[field]}:"?`,
  })
}

function warnCommands(walk: Walk, words: string, span: Span): void {
  if (!/^(?:validation|verification|verify|check|build and test|ci) commands?$/i.test(squeeze(words))) return
  walk.findings.add('commands-not-run', span, {
    message: `what stands under "${squeeze(words)}" is kept as text, and not run`,
    hint: 'label it "Test Command:" to have it run as the phase\'s test',
  })
}
