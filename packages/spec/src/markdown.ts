import type { Definition, Link, List, Nodes, Root, RootContent } from 'mdast'
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter'
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough'
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table'
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item'
import { frontmatter } from 'micromark-extension-frontmatter'
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough'
import { gfmTable } from 'micromark-extension-gfm-table'
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item'
import { remark } from 'remark'
import { readPlainBlocks } from './plain-blocks.ts'
import { MOST_EMPHASIS, Spent } from './spent.ts'

/** The top-level nodes of a spec. Offsets count in the whole text; lines and columns of nodes are not kept right. */
export interface Markdown {
  readonly nodes: readonly RootContent[]
  /** Link definitions by normalised label. */
  readonly definitions: ReadonlyMap<string, Definition>
}

// The parser's time grows with the square of its input (measured: 0.7 MB 4 s, 1.4 MB 20 s), so a spec is read in pieces. It takes ten times
// as long as `readPlainBlocks`, so it only gets what that leaves to it.
const PIECE = 6_000

// Pairing marks of emphasis takes time that grows with the square of their number in a paragraph (measured: 30 000 take 20 s).
// Past this number nobody reads them as emphasis; they are kept as written.
const unmarked = { disable: { null: ['attention', 'strikethrough'] } }

const table = { name: 'table', syntax: gfmTable(), tree: gfmTableFromMarkdown() }
const task = { name: 'task', syntax: gfmTaskListItem(), tree: gfmTaskListItemFromMarkdown() }
const strike = { name: 'strike', syntax: gfmStrikethrough(), tree: gfmStrikethroughFromMarkdown() }
const front = { name: 'front', syntax: frontmatter(['yaml']), tree: frontmatterFromMarkdown(['yaml']) }

/** The parser with what a text can make use of. Of GFM only what a spec can mean something by; each part costs time where it is of no use, too. */
function parserFor(text: string, atStart: boolean) {
  const used = [
    ...(atStart && text.startsWith('---') ? [front] : []),
    ...(/\||:-|-:/.test(text) ? [table] : []),
    ...(/\[[\sxX]\]/.test(text) ? [task] : []),
    ...(text.includes('~') ? [strike] : []),
  ]
  const isUnmarked = hasManyMarks(text)
  const key = [...used.map(({ name }) => name), ...(isUnmarked ? ['unmarked'] : [])].join(' ')
  const known = parsers.get(key)
  if (known !== undefined) return known
  const parser = remark()
    .data('micromarkExtensions', [...used.map(({ syntax }) => syntax), ...(isUnmarked ? [unmarked] : [])])
    .data(
      'fromMarkdownExtensions',
      used.map(({ tree }) => tree),
    )
    .freeze()
  parsers.set(key, parser)
  return parser
}

const parsers = new Map<string, ReturnType<typeof remark>>()

interface Piece {
  readonly start: number
  readonly end: number
  nodes: RootContent[]
  /** What the offsets of its nodes count from. */
  base: number
  /** The piece's first item continues the list that the piece before ends with. */
  readonly joins: boolean
  /** It was read without the parser, which knows no references, not even to its own definitions. */
  readonly plain: boolean
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Reads CommonMark with tables, task list items, strikethrough and YAML front matter, in time that grows with the text.
 * Throws `TooComplex` for a text that would take far longer than its length explains. The text is cut only where the tree itself shows that a top-level node (or an item of a top-level list) begins, so the result is the tree of the whole.
 */
export function parseMarkdown(text: string): Markdown {
  const spent = new Spent(text.length)
  const pieces = readPieces(text, spent)
  const definitions = new Map<string, Definition>()
  const own = pieces.map((piece) => {
    const labels = new Set<string>()
    for (const node of piece.nodes) collectDefinitions(node, definitions, labels)
    return labels
  })
  if (definitions.size > 0) {
    pieces.forEach((piece, index) => {
      const missing = foreignLabels(
        text.slice(piece.start, piece.end),
        definitions,
        piece.plain ? NONE : (own[index] ?? NONE),
      )
      if (missing.length > 0) resolveReferences(text, piece, missing, spent)
    })
  }
  const nodes: RootContent[] = []
  for (const piece of pieces) {
    for (const node of piece.nodes) settle(node, piece.base, definitions)
    const before = nodes.at(-1)
    const head = piece.nodes[0]
    if (piece.joins && before?.type === 'list' && head?.type === 'list') {
      nodes[nodes.length - 1] = joinLists(before, head)
      append(nodes, piece.nodes.slice(1))
    } else append(nodes, piece.nodes)
  }
  return { nodes, definitions }
}

/** Reads a part of a text that begins at an offset; the nodes have their places in the whole. */
export function parsePart(text: string, offset: number): readonly RootContent[] {
  const { nodes } = parseMarkdown(text)
  for (const node of nodes) shift(node, offset)
  return nodes
}

function append(nodes: RootContent[], more: readonly RootContent[]): void {
  for (const node of more) nodes.push(node)
}

function readPieces(text: string, spent: Spent): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  let joins = false
  const front = frontMatterEnd(text)
  while (start < text.length || pieces.length === 0) {
    if (start >= front) {
      const plain = readPlainBlocks(text, start, PIECE)
      if (plain.end > start) {
        pieces.push({ start, end: plain.end, nodes: [...plain.nodes], base: 0, joins, plain: true })
        start = plain.end
        joins = plain.open
        continue
      }
    }
    let end = nextBlock(text, Math.max(start, front))
    for (;;) {
      const lineEnd = end < text.length ? endOfLine(text, end) : end
      const root: Root = read(text.slice(start, lineEnd), start, spent)
      const cut = end < text.length ? cutAt(root, end - start) : 'clean'
      if (cut === 'none') {
        end = nextCandidate(text, start + 2 * (end - start))
        continue
      }
      pieces.push({ start, end, nodes: root.children, base: start, joins, plain: false })
      joins = cut === 'item'
      start = end
      break
    }
  }
  return pieces
}

/** Where YAML front matter ends, if the text may begin with it. */
function frontMatterEnd(text: string): number {
  if (!text.startsWith('---')) return 0
  const close = /\n---[ \t]*(?=\n|$)/.exec(text)
  return close === null ? 0 : close.index + close[0].length
}

/** Where a top-level block that is no item of a list most likely begins, behind `from`; a piece's length behind it at the latest. */
function nextBlock(text: string, from: number): number {
  let at = from
  while (at < from + PIECE) {
    const lineEnd = text.indexOf('\n', at)
    if (lineEnd < 0) return text.length
    at = lineEnd + 1
    const heading = text[at] === '#'
    if (at < text.length && (heading || (isBlank(text, lineEnd) && !/[\s*+\-\d]/.test(text[at] ?? '')))) return at
  }
  return nextCandidate(text, at)
}

function read(text: string, start: number, spent: Spent): Root {
  spent.add(text, start)
  // The parser would take a byte order mark at its start away, and count from behind it.
  const whole = text.startsWith('\ufeff') ? `\u2060${text.slice(1)}` : text
  return parserFor(whole, start === 0).parse(whole)
}

function hasManyMarks(text: string): boolean {
  let marks = 0
  let blank = true
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 10) {
      if (blank) marks = 0
      blank = true
      continue
    }
    if (code !== 32 && code !== 9) blank = false
    if ((code === 42 || code === 95 || code === 126) && text.charCodeAt(at - 1) !== code && ++marks > MOST_EMPHASIS)
      return true
  }
  return false
}

/** Takes what begins at `offset` off the tree's end, if something top-level does; says what it was. */
function cutAt(root: Root, offset: number): 'clean' | 'item' | 'none' {
  const last = root.children.at(-1)
  if (last === undefined) return 'none'
  if (last.position?.start.offset === offset) {
    root.children.pop()
    return 'clean'
  }
  if (last.type !== 'list') return 'none'
  const item = last.children.at(-1)
  if (item?.position?.start.offset !== offset) return 'none'
  last.children.pop()
  return 'item'
}

/** The next line start, at or after `from`, at which a top-level node may begin. */
function nextCandidate(text: string, from: number): number {
  let at = from
  for (;;) {
    const lineEnd = text.indexOf('\n', at)
    if (lineEnd < 0) return text.length
    const start = lineEnd + 1
    if (start >= text.length) return text.length
    const code = text.charCodeAt(start)
    const indented = code === 32 || code === 9 || code === 10
    if (!indented && (opensBlock(text, start) || isBlank(text, lineEnd))) return start
    at = start
  }
}

function opensBlock(text: string, start: number): boolean {
  return /^(?:#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|\[)/.test(text.slice(start, start + 12))
}

function isBlank(text: string, lineEnd: number): boolean {
  for (let at = lineEnd - 1; at >= 0; at--) {
    const code = text.charCodeAt(at)
    if (code === 10) return true
    if (code !== 32 && code !== 9) return false
  }
  return true
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function joinLists(before: List, after: List): List {
  const joined: List = { ...before, children: before.children }
  for (const item of after.children) joined.children.push(item)
  joined.spread = before.spread === true || after.spread === true
  if (before.position && after.position) joined.position = { start: before.position.start, end: after.position.end }
  return joined
}

function collectDefinitions(node: Nodes, all: Map<string, Definition>, own: Set<string>): void {
  if (node.type === 'definition') {
    const label = normaliseLabel(node.label ?? node.identifier)
    own.add(label)
    if (!all.has(label)) all.set(label, node)
  } else if (node.type === 'list' || node.type === 'listItem' || node.type === 'blockquote') {
    for (const child of node.children) collectDefinitions(child, all, own)
  }
}

function foreignLabels(
  text: string,
  definitions: ReadonlyMap<string, Definition>,
  own: ReadonlySet<string>,
): readonly Definition[] {
  const found = new Map<string, Definition>()
  for (const match of text.matchAll(/\[([^[\]]{1,200})\]/g)) {
    const label = normaliseLabel(match[1] ?? '')
    const definition = definitions.get(label)
    if (definition !== undefined && !own.has(label)) found.set(label, definition)
  }
  return [...found.values()]
}

/** Reads a piece again with the definitions it refers to put before it, so that its references resolve. */
function resolveReferences(text: string, piece: Piece, missing: readonly Definition[], spent: Spent): void {
  if (piece.plain) {
    const labels = new Set(missing.map(({ label, identifier }) => normaliseLabel(label ?? identifier)))
    const size = piece.end - piece.start
    const plain = readPlainBlocks(text, piece.start, size, (label) => labels.has(normaliseLabel(label)))
    if (plain.end === piece.end) {
      piece.nodes = [...plain.nodes]
      return
    }
  }
  const head = piece.nodes[0]
  const kept = head?.type === 'yaml' ? [head] : []
  const from = kept[0]?.position?.end.offset ?? 0
  const labels = missing.map((definition) => `[${definition.label ?? definition.identifier}]: <#>`)
  const prefix = `${labels.join('\n')}\n\n`
  const root = read(prefix + text.slice(piece.start + from, piece.end), piece.start + from + 1, spent)
  const own = root.children.filter((node) => (node.position?.start.offset ?? 0) >= prefix.length)
  for (const node of own) shift(node, from - prefix.length)
  piece.nodes = [...kept, ...own]
  piece.base = piece.start
}

/** Link labels match without regard to case and white space. */
export function normaliseLabel(label: string): string {
  return label.replace(/\s+/g, ' ').trim().toLowerCase()
}

/** Gives a node its place in the whole text, and turns references into the links they refer to. */
function settle(node: Nodes, by: number, definitions: ReadonlyMap<string, Definition>): void {
  move(node, by)
  if (!('children' in node)) return
  const children: Nodes[] = node.children
  children.forEach((child, index) => {
    settle(child, by, definitions)
    if (child.type !== 'linkReference') return
    const url = definitions.get(normaliseLabel(child.label ?? child.identifier))?.url ?? ''
    const link: Link = { type: 'link', url, children: child.children }
    if (child.position) link.position = child.position
    children[index] = link
  })
}

function shift(node: Nodes, by: number): void {
  move(node, by)
  if ('children' in node) for (const child of node.children) shift(child, by)
}

function move(node: Nodes, by: number): void {
  if (node.position === undefined || by === 0) return
  node.position.start.offset = (node.position.start.offset ?? 0) + by
  node.position.end.offset = (node.position.end.offset ?? 0) + by
}
