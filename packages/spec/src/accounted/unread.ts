import type { Nodes, RootContent } from 'mdast'
import type { Span } from '../findings.ts'
import { shownBlocks } from '../hidden-html.ts'
import type { Outline } from '../outline.ts'
import type { Source } from '../source.ts'
import type { Claim } from './claim.ts'

/** What the outline and the front matter take of the text: settings, link definitions, rules, and what the page hides. */
export function claimsOfMarkup(nodes: readonly RootContent[], outline: Outline): readonly Claim[] {
  const claims: Claim[] = []
  const take = (node: RootContent, fate: Claim['fate']): void => {
    claims.push({ start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0, fate })
  }
  for (const node of outline.hidden) take(node, { kind: 'hidden' })
  for (const node of nodes) {
    if (node.type === 'yaml') take(node, { kind: 'settings' })
    else if (node.type === 'definition' || node.type === 'thematicBreak') take(node, { kind: 'markup' })
  }
  return claims
}

/** Which lines of the text some claim covers. */
export function claimedLines(claims: readonly Claim[], source: Source): Uint8Array {
  const lines = new Uint8Array(source.lines.length)
  for (const { start, end } of claims) lines.fill(1, source.lineOf(start), source.lineOf(Math.max(start, end - 1)) + 1)
  return lines
}

/** The stretches of lines whose text a reader of the page sees, and that no pass took. */
export function unreadSpans(nodes: readonly RootContent[], claims: readonly Claim[], source: Source): readonly Span[] {
  const claimed = claimedLines(claims, source)
  const unread: number[] = []
  for (const node of nodes) {
    const from = source.lineOf(node.position?.start.offset ?? 0)
    const to = source.lineOf(Math.max(0, (node.position?.end.offset ?? 0) - 1))
    let open = false
    for (let line = from; line <= to && !open; line++) open = claimed[line] === 0
    if (!open) continue
    for (const line of visibleLines(node, source)) if (claimed[line] === 0) unread.push(line)
  }
  return spansOf(
    [...new Set(unread)].toSorted((a, b) => a - b),
    source,
  )
}

function spansOf(lines: readonly number[], source: Source): readonly Span[] {
  const spans: { start: number; end: number }[] = []
  let last = -2
  for (const line of lines) {
    const begin = source.lines[line] ?? 0
    const end = (source.lines[line + 1] ?? source.text.length + 1) - 1
    const start = begin + source.text.slice(begin, end).search(/\S|$/)
    const before = spans.at(-1)
    if (before !== undefined && line === last + 1) before.end = end
    else spans.push({ start, end })
    last = line
  }
  return spans
}

/** The lines on which a node has text that the page shows. */
export function visibleLines(node: Nodes, source: Source): readonly number[] {
  const lines: number[] = []
  collect(node, source, lines)
  return lines
}

function collect(node: Nodes, source: Source, lines: number[]): void {
  const start = node.position?.start.offset ?? 0
  const end = node.position?.end.offset ?? start
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      textLines(start, end, source, lines)
      return
    case 'code': {
      const fenced = /[`~]/.test(source.text[start] ?? '')
      const from = source.lineOf(start) + (fenced ? 1 : 0)
      const count = node.value === '' ? 0 : node.value.split('\n').length
      for (let line = from; line < from + count; line++) if (isFilled(line, source)) lines.push(line)
      return
    }
    case 'html': {
      const blank = (hidden: string): string => hidden.replace(/[^\n]/g, ' ')
      const shown = source.text.slice(start, end).replace(/<!--[\s\S]*?(?:-->|$)|<[^>]*>/g, blank)
      const first = source.lineOf(start)
      for (const [at, text] of shown.split('\n').entries()) if (text.trim() !== '') lines.push(first + at)
      return
    }
    case 'image':
      if ((node.alt ?? '') !== '') lines.push(source.lineOf(start))
      return
    case 'paragraph':
      for (const child of node.data?.whole ?? node.children) collect(child, source, lines)
      return
    case 'listItem':
      for (const child of shownBlocks(node.children)) collect(child, source, lines)
      return
    default:
      if ('children' in node) for (const child of node.children) collect(child, source, lines)
  }
}

function textLines(start: number, end: number, source: Source, lines: number[]): void {
  const to = source.lineOf(Math.max(start, end - 1))
  for (let line = source.lineOf(start); line <= to; line++) {
    const from = Math.max(start, source.lines[line] ?? 0)
    const until = Math.min(end, source.lines[line + 1] ?? source.text.length)
    if (/\S/.test(source.text.slice(from, until))) lines.push(line)
  }
}

function isFilled(line: number, source: Source): boolean {
  return /\S/.test(source.text.slice(source.lines[line] ?? 0, source.lines[line + 1] ?? source.text.length))
}
