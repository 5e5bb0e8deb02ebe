import type { Code, List, ListItem, Paragraph, RootContent } from 'mdast'
import { type Defined, type PlainLine, placeOf, readPlainInline } from './plain-inline.ts'
import { readPlainTable } from './plain-table.ts'

/** Top-level blocks from one offset to another, at which a top-level block begins. */
export interface PlainBlocks {
  readonly nodes: readonly RootContent[]
  readonly end: number
  /** The last of them is a list that goes on: another item of it begins at `end`. */
  readonly open: boolean
}

const DEEPEST = 12

const HEADING = /^(#{1,6}) ([^\s#].*)$/
const FENCE = /^(`{3,}|~{3,})[ ]?([A-Za-z0-9_+.-]*)$/
const RULE = /^(?:-{3,}|\*{3,}|_{3,})$/
/** A rule that begins as an item does. */
const SPACED_RULE = /^ *([-*])(?: +\1){2,} *$/
const MARKER = /^( *)([-*+]|\d{1,9}[.)]) (?=\S)/
const BOX = /^\[([ xX])\] (?=\S)/
/** What begins nothing but a paragraph. A digit may begin an item, a star a rule. */
const WORDS =
  /^(?:[\p{L}"'($@./,;%?]|\d+(?![\d.)])|\d{1,9}[.)](?=[^\s])|\*\*?[\p{L}\d`[(]|`(?!``)|\[[^\][]{2,}\](?!:)|[\u0080-\u{10ffff}])/u
const DEFINITION = /^\[([A-Za-z0-9][A-Za-z0-9 _.-]*)\]: ([^\s()<>&\\"'`]+)$/

/**
 * Reads headings, paragraphs, lists, fences and definitions from `start`, where a top-level block begins, as long as they have the plain forms that
 * nearly all text has, and at most about `size` characters of them. It stops before what only the parser can tell, be it an item of a list.
 * What is returned is what the CommonMark parser returns, at a small part of its price.
 */
export function readPlainBlocks(
  text: string,
  start: number,
  size: number,
  defined: Defined = () => false,
): PlainBlocks {
  const reader: Reader = { text, defined, at: start, open: false }
  const nodes: RootContent[] = []
  let end = start
  skipBlank(reader)
  while (reader.at < text.length && reader.at - start < size) {
    const node = readBlock(reader)
    if (node === undefined) break
    nodes.push(node)
    if (reader.open) return { nodes, end: reader.at, open: true }
    skipBlank(reader)
    end = reader.at
  }
  return { nodes, end, open: false }
}

interface Reader {
  readonly text: string
  readonly defined: Defined
  /** Where the next line begins. */
  at: number
  /** The list that was read last goes on there. */
  open: boolean
}

/** The line at an offset, without its end; undefined where the text has ended. */
function lineAt({ text }: Reader, at: number): string | undefined {
  if (at >= text.length) return undefined
  const end = text.indexOf('\n', at)
  return text.slice(at, end < 0 ? text.length : end)
}

function next(reader: Reader, line: string): void {
  reader.at = Math.min(reader.text.length, reader.at + line.length + 1)
}

function skipBlank(reader: Reader): boolean {
  let any = false
  for (let line = lineAt(reader, reader.at); line !== undefined && isBlank(line); line = lineAt(reader, reader.at)) {
    next(reader, line)
    any = true
  }
  return any
}

function isBlank(line: string): boolean {
  return line === '' || /^[ \t]*$/.test(line)
}

function endsInSpace(line: string): boolean {
  const code = line.charCodeAt(line.length - 1)
  return code === 32 || code === 9
}

function readBlock(reader: Reader): RootContent | undefined {
  const line = lineAt(reader, reader.at)
  if (line === undefined) return undefined
  switch (line.charCodeAt(0)) {
    case 35:
      return readHeading(reader, line)
    case 96:
    case 126:
      if (line.startsWith('```') || line.startsWith('~~~')) return readFence(reader, line)
      break
    case 124:
      return readTable(reader)
    case 60:
      return readComment(reader, line)
    case 42:
    case 45:
    case 95:
      if (RULE.test(line)) return readRule(reader, line)
      break
    case 91:
      if (DEFINITION.test(line)) return readDefinition(reader, line)
  }
  const marker = MARKER.exec(line)
  if (marker !== null) {
    const back = reader.at
    const indent = (marker[1] ?? '').length
    const list = indent > 3 ? undefined : readTopList(reader, indent)
    if (list === undefined) reader.at = back
    return list
  }
  const back = reader.at
  const paragraph = readParagraph(reader, 0)
  if (paragraph === undefined) reader.at = back
  return paragraph
}

function readHeading(reader: Reader, line: string): RootContent | undefined {
  const match = HEADING.exec(line)
  if (match === null || endsInSpace(line) || line.endsWith('#')) return undefined
  const depth = (match[1] ?? '').length as 1 | 2 | 3 | 4 | 5 | 6
  const end = reader.at + line.length
  const children = readPlainInline(reader.text, [{ start: reader.at + depth + 1, end }], reader.defined)
  if (children === undefined) return undefined
  const position = placeOf(reader.at, end)
  next(reader, line)
  return { type: 'heading', depth, children, position }
}

function readTable(reader: Reader): RootContent | undefined {
  const table = readPlainTable(reader.text, reader.at, reader.defined)
  const end = table?.position?.end.offset
  if (table === undefined || end === undefined) return undefined
  reader.at = Math.min(reader.text.length, end + 1)
  return table
}

function readRule(reader: Reader, line: string): RootContent {
  const position = placeOf(reader.at, reader.at + line.length)
  next(reader, line)
  return { type: 'thematicBreak', position }
}

/** A comment; one that is never closed goes on to the end of the text. */
function readComment(reader: Reader, line: string): RootContent | undefined {
  if (!/^<!--(?!-?>)/.test(line)) return undefined
  const { text, at } = reader
  const close = text.indexOf('-->', at + 4)
  const lineEnd = close < 0 ? -1 : text.indexOf('\n', close)
  const end = lineEnd < 0 ? text.length : lineEnd
  reader.at = Math.min(text.length, end + 1)
  return { type: 'html', value: text.slice(at, end), position: placeOf(at, end) }
}

function readFence(reader: Reader, line: string): RootContent | undefined {
  const match = FENCE.exec(line)
  const marks = match?.[1] ?? ''
  if (match === null) return undefined
  const { text, at } = reader
  const close = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*$`, 'gm')
  close.lastIndex = at + line.length
  const end = close.exec(text)
  const from = Math.min(text.length, at + line.length + 1)
  if (end === null) {
    // One that is never closed goes on to the end of the text.
    reader.at = text.length
    const value = text.slice(from).replace(/\n$/, '')
    return { type: 'code', lang: languageOf(match), meta: null, value, position: placeOf(at, text.length) }
  }
  if (endsInSpace(end[0])) return undefined
  const value = text.slice(from, Math.max(from, end.index - 1))
  const position = placeOf(at, end.index + end[0].length)
  reader.at = Math.min(text.length, end.index + end[0].length + 1)
  return { type: 'code', lang: languageOf(match), meta: null, value, position }
}

function languageOf(fence: RegExpExecArray): string | null {
  return fence[2] === '' ? null : (fence[2] ?? null)
}

/** A fence in an item, indented as the item's text is. */
function readItemFence(reader: Reader, content: number): Code | undefined {
  const line = lineAt(reader, reader.at)
  const match = line === undefined ? null : FENCE.exec(line.slice(content))
  if (line === undefined || match === null) return undefined
  const start = reader.at + content
  const marks = match[1] ?? ''
  const close = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}$`)
  const lines: string[] = []
  next(reader, line)
  for (;;) {
    const inner = lineAt(reader, reader.at)
    if (inner === undefined || inner.includes('\t')) return undefined
    if (!isBlank(inner) && inner.search(/[^ ]/) < content) return undefined
    const end = reader.at + inner.length
    next(reader, inner)
    const words = inner.slice(content)
    if (close.test(words)) {
      const lang = languageOf(match)
      return { type: 'code', lang, meta: null, value: lines.join('\n'), position: placeOf(start, end) }
    }
    if (endsInSpace(words) && close.test(words.trimEnd())) return undefined
    lines.push(words)
  }
}

function readDefinition(reader: Reader, line: string): RootContent | undefined {
  const [, label = '', url = ''] = DEFINITION.exec(line) ?? []
  const behind = lineAt(reader, reader.at + line.length + 1)
  // A title may stand on the next line; anything else there is for the parser to tell.
  if (behind !== undefined && !isBlank(behind) && !DEFINITION.test(behind)) return undefined
  const position = placeOf(reader.at, reader.at + line.length)
  next(reader, line)
  const identifier = label.toLowerCase()
  return { type: 'definition', identifier, label, title: null, url, position }
}

/**
 * A paragraph whose first line begins `indent` characters behind the line's start; its other lines may be indented in any way. In an item,
 * `content` is how far its text is indented: a marker before that begins another item.
 */
function readParagraph(reader: Reader, indent: number, content = 0, box = false): Paragraph | undefined {
  const first = lineAt(reader, reader.at)
  if (first === undefined) return undefined
  const lines: PlainLine[] = []
  let line: string | undefined = first
  while (line !== undefined && !isBlank(line)) {
    const lead = lines.length === 0 ? indent : line.search(/[^ ]/)
    const words = lead === 0 ? line : line.slice(lead)
    if (lines.length > 0 && (interrupts(words) || (lead < content && MARKER.test(line)))) {
      if (lead > content + 3) return undefined
      break
    }
    if (!WORDS.test(words)) return undefined
    const length = endsInSpace(line) ? line.trimEnd().length : line.length
    if (line.endsWith('\t')) return undefined
    lines.push({ start: reader.at + lead, end: reader.at + length, trailing: line.length - length })
    next(reader, line)
    line = lineAt(reader, reader.at)
  }
  const start = lines[0]?.start ?? 0
  const children = readPlainInline(reader.text, lines, reader.defined)
  if (children === undefined) return undefined
  const head = children[0]
  const last = lines.at(-1)
  // Behind a box, the parser has a paragraph begin at its text, or at the box where something else comes first.
  const from = !box || head?.type === 'text' ? start : start - 4
  return {
    type: 'paragraph',
    children,
    position: placeOf(from, last === undefined ? start : last.end + (last.trailing ?? 0)),
  }
}

/** Whether a line ends the paragraph above it without a blank line between. */
function interrupts(words: string): boolean {
  return HEADING.test(words) || FENCE.test(words) || /^(?:[-*+]|1[.)]) +\S/.test(words)
}

/** The items of a list as far as they are read. */
interface Items {
  readonly items: ListItem[]
  /** Where the line of each begins. */
  readonly starts: number[]
  first: number | null
  spread: boolean
  /** What comes behind them: nothing of the list, an item that is not read, or a marker of another list. */
  behind: 'nothing' | 'item' | 'marker'
}

/** A list inside an item. */
function readList(reader: Reader, indent: number, depth: number): List | undefined {
  if (depth > DEEPEST) return undefined
  const read = readItems(reader, indent, depth)
  return read.behind === 'nothing' ? listOf(read, indent) : undefined
}

/**
 * A list of the top level, or those of its items that come before one that only the parser can tell. Where it cannot be told whether the list has
 * ended, that is its last item.
 */
function readTopList(reader: Reader, indent: number): List | undefined {
  const read = readItems(reader, indent, 0)
  if (read.behind === 'nothing' && endsTheList(reader)) return listOf(read, indent)
  // At the line of an item that was not read the reader stands already.
  if (read.behind !== 'item') {
    read.items.pop()
    reader.at = read.starts[read.items.length] ?? reader.at
  }
  const list = listOf(read, indent)
  reader.open = list !== undefined
  return list
}

/** Reads the items whose markers stand `indent` characters behind the start of their lines. */
function readItems(reader: Reader, indent: number, depth: number): Items {
  const read: Items = { items: [], starts: [], first: null, spread: false, behind: 'nothing' }
  let kind: string | undefined
  for (;;) {
    const line = lineAt(reader, reader.at)
    const match = line === undefined ? null : MARKER.exec(line)
    if (line === undefined || match === null || (match[1] ?? '').length !== indent) return read
    const marker = match[2] ?? ''
    const mark = marker.slice(-1)
    // Another marker begins another list, which the parser has to tell from a part of this one.
    if ((kind !== undefined && mark !== kind) || SPACED_RULE.test(line)) {
      read.behind = 'marker'
      return read
    }
    if (kind === undefined && marker.length > 1) read.first = Number(marker.slice(0, -1))
    kind = mark
    const start = reader.at
    const item = readItem(reader, indent, indent + marker.length + 1, depth)
    if (item === undefined) {
      reader.at = start
      read.behind = 'item'
      return read
    }
    read.items.push(item)
    read.starts.push(start)
    const back = reader.at
    if (!skipBlank(reader)) continue
    const behind = lineAt(reader, reader.at)
    if (behind !== undefined && MARKER.exec(behind)?.[1]?.length === indent) read.spread = true
    else {
      reader.at = back
      return read
    }
  }
}

function listOf({ items, starts, first, spread }: Items, indent: number): List | undefined {
  const [start] = starts
  const last = items.at(-1)
  if (last === undefined || start === undefined) return undefined
  const position = placeOf(start + indent, last.position?.end.offset ?? start)
  return { type: 'list', ordered: first !== null, start: first, spread, children: items, position }
}

/** An item, with the paragraphs and lists that are indented as its text is, which begins `content` characters behind the line's start. */
function readItem(reader: Reader, indent: number, content: number, depth: number): ListItem | undefined {
  const { text } = reader
  const start = reader.at + indent
  const box = BOX.exec(text.slice(reader.at + content, reader.at + content + 5))
  const head = readParagraph(reader, content + (box === null ? 0 : 4), content, box !== null)
  if (head === undefined) return undefined
  const children: ListItem['children'] = [head]
  for (;;) {
    const back = reader.at
    const blank = skipBlank(reader)
    const line = lineAt(reader, reader.at)
    const lead = line === undefined ? 0 : line.search(/[^ ]/)
    if (line === undefined || lead < content) {
      // Less indented and no item of this list or one around it: only what ends all lists may follow, which is checked at their end.
      reader.at = back
      break
    }
    if (lead > content + 3) return undefined
    const marker = MARKER.exec(line)
    if (marker !== null) {
      // Only a list that begins with 1 interrupts a paragraph.
      if (!blank && /^\d/.test(marker[2] ?? '') && Number.parseInt(marker[2] ?? '', 10) !== 1) return undefined
      if (children.at(-1)?.type === 'list') return undefined
      const list = readList(reader, lead, depth + 1)
      if (list === undefined) return undefined
      children.push(list)
    } else {
      if (lead !== content) return undefined
      const fence = /^(?:```|~~~)/.test(line.slice(lead))
      if (!blank && !fence && children.at(-1)?.type !== 'code') return undefined
      const block = fence ? readItemFence(reader, content) : readParagraph(reader, content, content)
      if (block === undefined) return undefined
      children.push(block)
    }
  }
  const checked = box === null ? null : box[1] !== ' '
  const end = children.at(-1)?.position?.end.offset ?? start
  return { type: 'listItem', spread: false, checked, children, position: placeOf(start, end) }
}

/** Whether what follows a list of the top level is no part of it, whatever a parser may make of it. */
function endsTheList(reader: Reader): boolean {
  const back = reader.at
  const blank = skipBlank(reader)
  const line = lineAt(reader, reader.at)
  reader.at = back
  if (line === undefined || HEADING.test(line) || FENCE.test(line)) return true
  return blank && !/^[ \t]/.test(line) && !/^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/.test(line)
}
