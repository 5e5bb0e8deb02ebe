import type { RootContent } from 'mdast'
import { blocksText } from './block-text.ts'
import { digestOf } from './digest.ts'
import type { FoundPhase } from './find-phases.ts'
import type { Findings } from './findings.ts'
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
): { readonly sections: readonly ContextSection[]; readonly digest: string } {
  const taken = new Set<number>()
  for (const { body, depth } of phases) {
    if (body.form === 'item') taken.add(body.block)
    else for (let at = body.from - (depth <= 6 ? 1 : 0); at < body.to; at++) taken.add(at)
  }
  const sections: ContextSection[] = []
  const said: { readonly title: string; readonly text: string }[] = []
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
      return
    }
    if (block.node.type === 'heading') {
      flush()
      title = words.get(index) ?? ''
      depth = block.node.depth
      headStart = block.start
      return
    }
    if (blocks.length === 0 && title === '') headStart = block.start
    blocks.push(block.node)
  })
  flush()
  return { sections, digest: digestOf(said) }
}
