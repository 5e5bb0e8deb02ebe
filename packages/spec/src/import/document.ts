import type { List, ListItem, RootContent } from 'mdast'
import { type HidingElement, hidingBehind } from '../hidden-html.ts'
import { flatWords } from '../inline.ts'
import { parseMarkdown } from '../markdown.ts'
import { lineStarts, readSource } from '../source.ts'
import { labelIn } from './label-words.ts'

/** A block of a Markdown file that its reader sees, with its Markdown as written. */
export type Piece =
  | {
      readonly kind: 'heading'
      readonly depth: number
      readonly words: string
      readonly raw: string
      readonly line: number
    }
  | { readonly kind: 'list'; readonly items: readonly Item[]; readonly raw: string; readonly line: number }
  | { readonly kind: 'fence'; readonly value: string; readonly raw: string; readonly line: number }
  | { readonly kind: 'quote'; readonly raw: string; readonly line: number }
  | { readonly kind: 'html'; readonly raw: string; readonly line: number }
  | { readonly kind: 'text'; readonly raw: string; readonly line: number }

/** An item of a list. */
export interface Item {
  /** Its first paragraph on one line, without the check box. */
  readonly text: string
  /** Undefined without a check box. */
  readonly checked: boolean | undefined
  /** `[ ]*`: the box is followed by a star. */
  readonly starred: boolean
  /** What is nested under it. */
  readonly pieces: readonly Piece[]
  /** The nested Markdown as written, without the item's indentation. */
  readonly below: string
  readonly line: number
}

export interface ForeignDocument {
  readonly text: string
  /** The first heading of depth 1, without markup. */
  readonly title: string
  readonly front: string | undefined
  /** Visible blocks without front matter and title. */
  readonly pieces: readonly Piece[]
  /** Headings inside `<details>` and the like. */
  readonly folded: readonly { readonly words: string; readonly line: number; readonly to: number }[]
  /** The line of an element that hides everything after it. */
  readonly unclosed: number | undefined
}

/** Reads a Markdown file into its visible blocks. */
export function readDocument(given: string): ForeignDocument {
  const { text } = readSource(given)
  const { nodes } = parseMarkdown(text)
  const at = placesIn(text)
  const pieces: Piece[] = []
  const folded: { words: string; line: number; to: number }[] = []
  let hiding: HidingElement | undefined
  let opened = 0
  let front: string | undefined
  let title: string | undefined
  for (const node of nodes) {
    const before = hiding
    if (node.type === 'html') {
      hiding = hidingBehind(node.value, hiding)
      if (before === undefined && hiding !== undefined) opened = at.line(startOf(node))
    }
    if (before !== undefined || hiding !== undefined) {
      const line = at.line(startOf(node))
      const to = at.line(endOf(node))
      const last = folded.at(-1)
      if (node.type === 'heading') folded.push({ words: flatWords(node.children, text), line, to })
      else if (last !== undefined && before !== undefined && node.type !== 'html') last.to = to
    } else if (node.type === 'yaml') front = node.value
    else if (node.type === 'heading' && node.depth === 1 && title === undefined && pieces.every(isPreamble)) {
      title = flatWords(node.children, text)
    } else if (node.type !== 'thematicBreak') pieces.push(...piecesOf(node, text, at, 0))
  }
  return { text, title: title ?? '', front, pieces, folded, unclosed: hiding === undefined ? undefined : opened }
}

/** What may stand above a title: comments. */
function isPreamble(piece: Piece): boolean {
  return piece.kind === 'html'
}

interface Places {
  line(offset: number): number
  column(offset: number): number
}

function placesIn(text: string): Places {
  const starts = lineStarts(text, 0)
  const indexOf = (offset: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  return { line: (offset) => indexOf(offset) + 1, column: (offset) => offset - (starts[indexOf(offset)] ?? 0) }
}

function startOf(node: RootContent | ListItem): number {
  return node.position?.start.offset ?? 0
}

function endOf(node: RootContent | ListItem): number {
  return node.position?.end.offset ?? startOf(node)
}

function piecesOf(node: RootContent, text: string, at: Places, indent: number): readonly Piece[] {
  return node.type === 'list' ? listsOf(node, text, at, indent) : [pieceOf(node, text, at, indent)]
}

/** Lines that Markdown hangs onto an item although they are not indented as it is: `**Plans**: 2` below a list. */
interface Hanging {
  readonly raw: string
  readonly line: number
}

/**
 * Markdown makes one list of plain items and a check list below them; a reader sees two. A label below an item that is not indented as the
 * item is ends the list.
 */
function listsOf(list: List, text: string, at: Places, indent: number): readonly Piece[] {
  const pieces: Piece[] = []
  let run: { nodes: ListItem[]; items: Item[] } = { nodes: [], items: [] }
  const flush = (): void => {
    const { nodes, items } = run
    const [first] = nodes
    const last = nodes.at(-1)
    run = { nodes: [], items: [] }
    if (first === undefined || last === undefined) return
    const start = startOf(first)
    const raw = dedent(text.slice(start, endOf(last)), indent).trimEnd()
    pieces.push({ kind: 'list', items, raw, line: at.line(start) })
  }
  for (const node of list.children) {
    const hanging = unhang(node, text, at)
    const item = itemOf(node, text, at)
    const before = run.items.at(-1)
    if (before !== undefined && (before.checked === undefined) !== (item.checked === undefined)) flush()
    run.nodes.push(node)
    run.items.push(item)
    if (hanging === undefined) continue
    flush()
    pieces.push({ kind: 'text', raw: hanging.raw, line: hanging.line })
  }
  flush()
  return pieces
}

/** Takes hanging lines off an item's last paragraph, and moves the item's end before them. */
function unhang(item: ListItem, text: string, at: Places): Hanging | undefined {
  const path: ListItem[] = [item]
  let last = item.children.at(-1)
  while (last?.type === 'list') {
    const inner = last.children.at(-1)
    if (inner === undefined) return undefined
    path.push(inner)
    last = inner.children.at(-1)
  }
  if (last?.type !== 'paragraph') return undefined
  const start = startOf(last)
  const lines = text.slice(start, endOf(last)).split('\n')
  let offset = start
  for (const [index, raw] of lines.entries()) {
    const column = raw.length - raw.trimStart().length
    if (index > 0 && column < contentColumn(item, text, at) && labelIn(raw.trim()) !== undefined) {
      for (const node of [...path, ...path.map(({ children }) => children.at(-1)), last]) {
        if (node?.position)
          node.position = { start: node.position.start, end: { ...node.position.end, offset: offset - 1 } }
      }
      const rest = lines.slice(index).map((one) => one.trim())
      return { raw: rest.join('\n'), line: at.line(offset) }
    }
    offset += raw.length + 1
  }
  return undefined
}

function contentColumn(item: ListItem, text: string, at: Places): number {
  const start = startOf(item)
  const marker = text.slice(start, start + 20).match(/^(?:[-*+]|\d{1,9}[.)])( {1,4}(?! )|[ \t])?/)?.[0].length ?? 2
  return at.column(start) + marker
}

function pieceOf(node: Exclude<RootContent, List>, text: string, at: Places, indent: number): Piece {
  const start = startOf(node)
  const raw = dedent(text.slice(start, endOf(node)), indent).trimEnd()
  const line = at.line(start)
  switch (node.type) {
    case 'heading':
      return { kind: 'heading', depth: node.depth, words: flatWords(node.children, text), raw, line }
    case 'code':
      return { kind: 'fence', value: node.value, raw, line }
    case 'blockquote':
      return { kind: 'quote', raw, line }
    case 'html':
      return { kind: 'html', raw, line }
    default:
      return { kind: 'text', raw, line }
  }
}

const BOX = /^\[([ xX~/-])\](\*?)(?:\s+|$)/

function itemOf(item: ListItem, text: string, at: Places): Item {
  const start = startOf(item)
  const indent = contentColumn(item, text, at)
  const [head, ...others] = item.children
  const paragraph = head?.type === 'paragraph' ? head : undefined
  const rest = paragraph === undefined ? item.children : others
  const first = paragraph?.children[0]?.position?.start.offset ?? start
  const raw = paragraph === undefined ? '' : text.slice(first, endOf(paragraph)).replace(/[ \t]*\n\s*/g, ' ')
  const box = typeof item.checked === 'boolean' ? undefined : raw.match(BOX)
  const checked = typeof item.checked === 'boolean' ? item.checked : box ? /x/i.test(box[1] ?? '') : undefined
  const pieces = rest.flatMap((node) => piecesOf(node, text, at, indent))
  const last = rest.at(-1)
  const below =
    rest[0] === undefined || last === undefined
      ? ''
      : dedent(text.slice(startOf(rest[0]), endOf(last)), indent).trimEnd()
  return {
    text: (box ? raw.slice(box[0].length) : raw).trim(),
    checked,
    starred: box?.[2] === '*',
    pieces,
    below,
    line: at.line(start),
  }
}

/** Takes up to `columns` of indentation off every line but the first. */
function dedent(text: string, columns: number): string {
  if (columns === 0) return text
  return text
    .split('\n')
    .map((line, index) => {
      if (index === 0) return line
      let column = 0
      let cut = 0
      while (column < columns && (line[cut] === ' ' || line[cut] === '\t')) {
        column += line[cut] === '\t' ? 4 - (column % 4) : 1
        cut++
      }
      return line.slice(cut)
    })
    .join('\n')
}

/** A heading and the blocks below it, until the next heading that is not deeper. */
export interface Part {
  readonly heading: Extract<Piece, { kind: 'heading' }>
  readonly body: readonly Piece[]
}

/**
 * Cuts blocks at the headings that `isPart` accepts. A part ends where a heading that is not deeper follows. What is in no part is `rest`.
 */
export function partsOf(
  pieces: readonly Piece[],
  isPart: (heading: Part['heading']) => boolean,
): { readonly parts: readonly Part[]; readonly rest: readonly Piece[] } {
  const parts: { heading: Part['heading']; body: Piece[] }[] = []
  const rest: Piece[] = []
  let open: (typeof parts)[number] | undefined
  for (const piece of pieces) {
    if (piece.kind === 'heading') {
      if (open !== undefined && piece.depth <= open.heading.depth) open = undefined
      if (open === undefined && isPart(piece)) {
        open = { heading: piece, body: [] }
        parts.push(open)
        continue
      }
    }
    if (open === undefined) rest.push(piece)
    else open.body.push(piece)
  }
  return { parts, rest }
}

/** The last line of some blocks. */
export function lastLine(pieces: readonly Piece[]): number {
  return Math.max(0, ...pieces.map(({ line, raw }) => line + raw.split('\n').length - 1))
}
