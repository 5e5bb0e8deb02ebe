import type { ListItem, RootContent } from 'mdast'
import type { Claim } from './accounted/claim.ts'
import { blocksText } from './block-text.ts'
import { digestOf } from './digest.ts'
import type { Findings } from './findings.ts'
import type { FoundPhase } from './found-phase.ts'
import type { Outline } from './outline.ts'
import type { ContextSection } from './plan.ts'
import type { Source } from './source.ts'

/** How much context every agent may get, in characters. */
const LIMIT = 200_000

/** The sections outside the phases, in order and bounded; the digest counts what they say, not how it is laid out. */
export function readContext(
  outline: Outline,
  phases: readonly FoundPhase[],
  source: Source,
  findings: Findings,
): { readonly sections: readonly ContextSection[]; readonly digest: string; readonly claims: readonly Claim[] } {
  const taken = new Set<number>()
  const items = new Set<RootContent | ListItem>()
  for (const { body, depth } of phases) {
    if (body.form === 'item') {
      taken.add(body.block)
      items.add(body.item)
    } else for (let at = body.from - (depth <= 6 ? 1 : 0); at < body.to; at++) taken.add(at)
  }
  const sections: ContextSection[] = []
  const said: { readonly title: string; readonly text: string }[] = []
  const claims: Claim[] = []
  let left = LIMIT
  let title = ''
  let depth = 0
  let headStart = 0
  let blocks: RootContent[] = []
  const flush = (): void => {
    const start = blocks[0]?.position?.start.offset ?? 0
    const end = blocks.at(-1)?.position?.end.offset ?? start
    const text = blocksText(blocks, source.text, '\n\n')
    const markdown = source.text.slice(start, end)
    for (const { position } of blocks) {
      const from = position?.start.offset ?? 0
      const to = position?.end.offset ?? from
      const kept = Math.min(to, start + left)
      if (kept > from) claims.push({ start: from, end: kept, fate: { kind: 'context' } })
      if (kept < to)
        claims.push({ start: Math.max(from, kept), end: to, fate: { kind: 'diagnostic', code: 'context-too-long' } })
    }
    if (text !== '' && left > 0) {
      if (markdown.length > left) {
        findings.add(
          'context-too-long',
          { start: headStart, end: headStart + Math.max(1, title.length) },
          {
            message: `the text outside the phases has more than ${LIMIT} characters; agents get no more of it than that`,
            hint: 'move what few phases need into those phases, or into files that the tasks name',
          },
        )
      }
      sections.push({ title, depth, markdown: markdown.slice(0, left), range: source.range(headStart, end) })
      said.push({ title, text: text.slice(0, left) })
      left -= markdown.length
    }
    blocks = []
  }
  const words = new Map(outline.sections.map((section) => [section.from, section.words]))
  outline.blocks.forEach((block, index) => {
    if (taken.has(index)) {
      flush()
      // Items beside those that are phases.
      if (items.size > 0 && block.node.type === 'list') {
        for (const item of block.node.children) {
          if (items.has(item)) continue
          blocks.push({ ...block.node, children: [item], position: item.position })
          flush()
        }
      }
      return
    }
    if (block.node.type === 'heading') {
      flush()
      claims.push({ start: block.start, end: block.end, fate: { kind: 'heading' } })
      title = words.get(index) ?? ''
      depth = block.node.depth
      headStart = block.start
      return
    }
    if (blocks.length === 0 && title === '') headStart = block.start
    blocks.push(block.node)
  })
  flush()
  return { sections, digest: digestOf(said), claims }
}
