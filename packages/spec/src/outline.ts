import type { Heading, RootContent } from 'mdast'
import type { Findings, Span } from './findings.ts'
import { type HidingElement, hidingBehind } from './hidden-html.ts'
import { flatWords, linesOf, wordsOf } from './inline.ts'

/** A top-level block that a reader sees: not front matter, not inside `<details>` or another element that hides its content. */
export interface Block {
  readonly node: RootContent
  readonly start: number
  readonly end: number
}

/** A visible top-level heading, and the blocks under it (until the next heading that is not deeper). */
export interface Section {
  readonly node: Heading
  readonly depth: number
  /** The heading's text without markup. */
  readonly words: string
  /** The same without pictures and what is struck out. */
  readonly seen: string
  readonly span: Span
  /** Index of the heading among the blocks, and of the first block after its section. */
  readonly from: number
  readonly to: number
  /** Index (among sections) of the section that contains this one; -1 at the top. */
  readonly parent: number
}

export interface Outline {
  readonly blocks: readonly Block[]
  readonly sections: readonly Section[]
  /** Headings that are folded away: never read, but worth naming when something is missing. */
  readonly folded: readonly string[]
  /** The top-level nodes that the page hides or folds away. */
  readonly hidden: readonly RootContent[]
}

/** Lists what a reader of the rendered page sees at top level, as blocks and as a tree of headings. */
export function outlineOf(nodes: readonly RootContent[], source: string, findings: Findings): Outline {
  const blocks: Block[] = []
  const folded: string[] = []
  const hidden: RootContent[] = []
  let hiding: HidingElement | undefined
  let opened: Span | undefined
  for (const node of nodes) {
    const start = node.position?.start.offset ?? 0
    const end = node.position?.end.offset ?? start
    const before = hiding
    if (node.type === 'html') {
      hiding = hidingBehind(node.value, hiding)
      if (before === undefined && hiding !== undefined) opened = { start, end: endOfLine(source, start) }
    }
    if (before === undefined && hiding === undefined) {
      if (node.type !== 'yaml' && node.type !== 'definition') blocks.push({ node, start, end })
    } else {
      hidden.push(node)
      if (node.type === 'heading' && folded.length < 100) folded.push(flatWords(node.children, source))
    }
  }
  if (hiding !== undefined && opened !== undefined) {
    findings.add('unclosed-details', opened, {
      message: `<${hiding.name}> is never closed: all that follows is folded away or hidden, and not read as phases`,
      hint: `close it with </${hiding.name}> on a line of its own`,
    })
  }
  return { blocks, sections: sectionsOf(blocks, source), folded, hidden }
}

function seenWords(nodes: Heading['children'], source: string): string {
  return linesOf(nodes, source)
    .map(({ inlines }) => wordsOf(inlines.filter(({ kind, unseen }) => kind !== 'image' && unseen !== 'struck')))
    .join(' ')
}

function endOfLine(source: string, start: number): number {
  const end = source.indexOf('\n', start)
  return end < 0 ? source.length : end
}

function sectionsOf(blocks: readonly Block[], source: string): readonly Section[] {
  const sections: (Omit<Section, 'to'> & { to: number })[] = []
  const open: number[] = []
  blocks.forEach((block, index) => {
    if (block.node.type !== 'heading') return
    const { node, start, end } = block
    while (open.length > 0) {
      const top = sections[open.at(-1) ?? 0]
      if (top === undefined || top.depth < node.depth) break
      top.to = index
      open.pop()
    }
    sections.push({
      node,
      depth: node.depth,
      words: flatWords(node.children, source),
      seen: seenWords(node.children, source),
      span: { start, end },
      from: index,
      to: blocks.length,
      parent: open.at(-1) ?? -1,
    })
    open.push(sections.length - 1)
  })
  return sections
}

/** The sections that contain a section, from the inside out, by their indices. */
export function outerSections(outline: Outline, section: Section): readonly number[] {
  const found: number[] = []
  for (let at = section.parent; at >= 0; at = outline.sections[at]?.parent ?? -1) found.push(at)
  return found
}
