import type { RootContent } from 'mdast'
import { blockText } from './block-text.ts'
import { spanOf } from './entry.ts'
import type { Span } from './findings.ts'
import type { FoundPhase } from './found-phase.ts'
import { linesOf, wordsOf } from './inline.ts'
import { withDigits } from './number-word.ts'
import type { Outline } from './outline.ts'
import { readPhaseHeading } from './phase-heading.ts'

const DONE = /[✅☑✔✓]|\b(?:shipped|archived|completed?|done|released|finished|delivered)\b/iu
const OPEN =
  /🚧|⏳|\b(?:not|never|un(?:finished|released)|in progress|planned|pending|upcoming|until|when|once|to be|definition of|criteria|will)\b/iu

/** Whether words say that what they name is finished: `✅ v1.0 MVP`, `Shipped in May`. */
export function isFinished(words: string): boolean {
  return DONE.test(words) && !OPEN.test(words)
}

/**
 * The phases that a document has as finished, and where: what is folded away in `<details>`, what a line says is done, and what is listed
 * under a heading that says so.
 */
export function finishedPhases(
  outline: Outline,
  phases: readonly FoundPhase[],
  source: string,
): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>()
  const add = (ids: readonly string[], { start, end }: Span): void => {
    for (const id of ids) if (!found.has(id)) found.set(id, { start, end })
  }
  for (const node of outline.hidden) eachLine(node, source, (words, span) => add(named(words), span))
  const taken = new Set<number>()
  for (const { body } of phases)
    if (body.form === 'blocks') for (let at = body.from - 1; at < body.to; at++) taken.add(at)
  let finishedDepth: number | undefined
  outline.blocks.forEach(({ node }, at) => {
    if (node.type === 'heading' && (finishedDepth === undefined || node.depth <= finishedDepth))
      finishedDepth = undefined
    if (taken.has(at)) return
    eachLine(node, source, (words, span) => {
      if (node.type === 'heading' && finishedDepth === undefined && isFinished(words)) finishedDepth = node.depth
      if (finishedDepth !== undefined || isFinished(words)) add(named(words), span)
    })
  })
  return found
}

/** Calls back for every line of text in a block, items, rows and summaries of HTML among them. */
function eachLine(node: RootContent, source: string, call: (words: string, span: Span) => void): void {
  switch (node.type) {
    case 'paragraph':
    case 'heading':
      for (const line of linesOf(node.children, source)) call(wordsOf(line.inlines), line)
      return
    case 'list':
      for (const item of node.children) for (const child of item.children) eachLine(child, source, call)
      return
    case 'table':
      for (const row of node.children) call(blockText(row, source), spanOf(row))
      return
    case 'html':
      call(blockText(node, source).replace(/<[^>]*>/g, ' '), spanOf(node))
      return
  }
}

const SEVERAL =
  /\b(?:phase|stage|milestone|step|work ?package)s?\s+#?(\w+(?:\.\d+)*(?:\s*(?:-|–|—|,|&|to\b|through\b|and\b)\s*(?:phases?\s+)?\d+(?:\.\d+)*)*)/giu

/** The ids that a line names. */
function named(words: string): readonly string[] {
  const text = withDigits(words.replace(/^\s*\[[ x]\]\s*/i, ''))
  const heading = readPhaseHeading(text)
  const ids = heading === undefined || heading.form === 'range' ? [] : [heading.id]
  const row = /^\|\s*(\d+(?:\.\d+)*)[.:]?\s/.exec(text)?.[1]
  if (row !== undefined) ids.push(row)
  for (const [, list = ''] of text.matchAll(SEVERAL)) {
    const parts = list.split(/\s*(,|&|and\b|-|–|—|to\b|through\b)\s*(?:phases?\s+)?/i)
    for (let at = 0; at < parts.length; at += 2) {
      const id = parts[at] ?? ''
      const before = parts[at - 2]
      if (before !== undefined && /^(?:-|–|—|to|through)$/i.test(parts[at - 1] ?? '')) ids.push(...between(before, id))
      if (/\d/.test(id)) ids.push(id)
    }
  }
  return ids
}

function between(from: string, to: string): readonly string[] {
  const [low, high] = [Number(from), Number(to)]
  if (!Number.isInteger(low) || !Number.isInteger(high) || high - low > 1_000) return []
  return Array.from({ length: Math.max(0, high - low - 1) }, (_, at) => String(low + 1 + at))
}
