import type { Code, ListItem, Paragraph, PhrasingContent, RootContent, Table } from 'mdast'
import { blocksText, blockText } from './block-text.ts'
import type { Span } from './findings.ts'
import { shownBlocks } from './hidden-html.ts'
import { type Line, linesOf, textOf } from './inline.ts'
import { aloneLabel, labelOf } from './label.ts'
import type { Source } from './source.ts'
import { isUnclosed } from './unclosed.ts'

declare module 'mdast' {
  interface ParagraphData {
    /** All of its content, where lines that hang onto an item were taken off. */
    whole?: PhrasingContent[]
  }
}

/** One entry of a field: a list item, a table row, a fence, or running text. */
export interface Entry {
  readonly form: 'item' | 'row' | 'fence' | 'text'
  /** Canonical text; for a fence its content, for a row its cells joined by ` | `. */
  readonly text: string
  readonly lines: readonly Line[]
  /** Cells of a row, canonical. */
  readonly cells?: readonly string[]
  /** Canonical text of what is nested under an item. */
  readonly below?: string
  /** Items of the lists below an item. */
  readonly children?: readonly Entry[]
  /** Fences below an item. */
  readonly fences?: readonly Entry[]
  /** The blocks below an item that the page shows. */
  readonly rest?: readonly RootContent[]
  readonly checked?: boolean
  /** A fence's language, in lower case. */
  readonly language?: string
  /** A fence that is not closed where its writer meant it to be. */
  readonly unclosed?: true
  readonly start: number
  readonly end: number
}

/** Running text as an entry. */
export function textEntry(lines: readonly Line[]): Entry {
  const text = lines.map((line) => textOf(line.inlines)).join(' ')
  return { form: 'text', text, lines, start: lines[0]?.start ?? 0, end: lines.at(-1)?.end ?? 0 }
}

/** A fence as an entry. */
export function fenceEntry(block: Code): Entry {
  return {
    form: 'fence',
    text: block.value,
    lines: [],
    language: (block.lang ?? '').toLowerCase(),
    ...(isUnclosed(block) ? { unclosed: true } : {}),
    ...spanOf(block),
  }
}

/** What a block gives as entries: items, rows, a fence, or running text. */
export function entriesOf(block: RootContent, source: string): readonly Entry[] {
  switch (block.type) {
    case 'list':
      return block.children.map((item) => readItem(item, source).entry)
    case 'code':
      return [fenceEntry(block)]
    case 'table':
      return rowsOf(block, source)
    case 'paragraph':
      return [textEntry(linesOf(block.children, source))]
    default:
      return []
  }
}

/**
 * Reads an item. What continues its last paragraph (or that of the last item below it) without being indented as the item is, and begins with a
 * label, is no part of it: Markdown hangs `Modules: api` below a list onto the last item.
 */
export function readItem(item: ListItem, source: string): { readonly entry: Entry; readonly lazy: readonly Line[] } {
  const span = spanOf(item)
  const lazy = unhang(item, columnOf(source, span.start) + 2, source)
  const head = item.children[0]?.type === 'paragraph' ? item.children[0] : undefined
  const lines = head === undefined ? [] : linesOf(head.children, source)
  const rest = shownBlocks(head === undefined ? item.children : item.children.slice(1))
  const below = blocksText(rest, source, '\n')
  const children = rest.flatMap((block) => (block.type === 'list' ? entriesOf(block, source) : []))
  const fences = rest.flatMap((block) => (block.type === 'code' ? [fenceEntry(block)] : []))
  const entry: Entry = {
    ...textEntry(lines),
    form: 'item',
    ...(below === '' ? {} : { below }),
    ...(children.length === 0 ? {} : { children }),
    ...(fences.length === 0 ? {} : { fences }),
    ...(rest.length === 0 ? {} : { rest }),
    ...(typeof item.checked === 'boolean' ? { checked: item.checked } : {}),
    start: lines[0]?.start ?? span.start,
    end: lines.at(-1)?.end ?? span.end,
  }
  return { entry, lazy }
}

/** Takes the lines that hang lazily onto an item, from the first label on, off the tree. */
function unhang(item: ListItem, indent: number, source: string): readonly Line[] {
  const paragraph = lastParagraph(item)
  if (paragraph === undefined) return []
  const lines = linesOf(paragraph.children, source)
  const cut = lines.findIndex(
    (line, at) =>
      at > 0 &&
      indentOf(source, line.start) < indent &&
      (labelOf(line, source) !== undefined || (at === lines.length - 1 && aloneLabel(line) !== undefined)),
  )
  const first = lines[cut]
  if (first === undefined) return []
  const lineStart = source.lastIndexOf('\n', first.start - 1)
  paragraph.data = { ...paragraph.data, whole: paragraph.children }
  paragraph.children = before(paragraph.children, lineStart, source)
  return lines.slice(cut)
}

function lastParagraph(item: ListItem): Paragraph | undefined {
  let last = item.children.at(-1)
  while (last?.type === 'list') last = last.children.at(-1)?.children.at(-1)
  return last?.type === 'paragraph' ? last : undefined
}

/** Running text up to the line break at `offset`. */
function before(nodes: readonly PhrasingContent[], offset: number, source: string): PhrasingContent[] {
  return nodes.flatMap((node): PhrasingContent[] => {
    const { start, end } = spanOf(node)
    if (end <= offset) return [node]
    if (start >= offset) return []
    // Bold that began before the line break and ends behind it.
    if ('children' in node) {
      return [{ ...node, children: before(node.children, offset, source), ...cutPosition(node, offset) }]
    }
    if (node.type !== 'text') return []
    const kept = source.slice(start, offset).split('\n').length
    return [{ ...node, value: node.value.split('\n').slice(0, kept).join('\n'), ...cutPosition(node, offset) }]
  })
}

function cutPosition(node: PhrasingContent, offset: number): Pick<PhrasingContent, 'position'> {
  if (node.position === undefined) return {}
  return { position: { start: node.position.start, end: { ...node.position.end, offset } } }
}

/** How far the line of `offset` is indented. */
function indentOf(source: string, offset: number): number {
  const start = source.lastIndexOf('\n', offset - 1) + 1
  return source.slice(start, offset).search(/[^ \t]|$/)
}

function columnOf(source: string, offset: number): number {
  return offset - (source.lastIndexOf('\n', offset - 1) + 1)
}

/** How many cells of a row the page shows: as many as the table's head has. */
export function widthOf(table: Table): number {
  return table.children[0]?.children.length ?? 0
}

/** A table's rows below its head. */
export function rowsOf(table: Table, source: string): readonly Entry[] {
  const width = widthOf(table)
  return table.children.slice(1).map((row) => {
    const shown = row.children.slice(0, width)
    const cells = shown.map((cell) => blockText(cell, source))
    const span = spanOf(row)
    return {
      form: 'row',
      text: cells.filter((cell) => cell !== '').join(' | '),
      cells,
      lines: shown.flatMap((cell) => linesOf(cell.children, source)),
      ...span,
    }
  })
}

/** Where an entry writes a word, behind `from`; the entry's own place where it is written otherwise. */
export function placeIn(source: Source, entry: Entry, word: string, from = entry.start): Span {
  const at = word === '' ? -1 : source.text.indexOf(word, Math.max(from, entry.start))
  return at < 0 || at + word.length > entry.end
    ? { start: entry.start, end: entry.end }
    : { start: at, end: at + word.length }
}

/** The place of a node in the text. */
export function spanOf(node: {
  position?: { start: { offset?: number | undefined }; end: { offset?: number | undefined } } | undefined
}): Span {
  const start = node.position?.start.offset ?? 0
  return { start, end: node.position?.end.offset ?? start }
}
