import { linesOf } from './inline.ts'
import { labelOf } from './label.ts'
import { isTitle, placeOf } from './loose-phase.ts'
import type { Block, Outline, Section } from './outline.ts'
import { type PhaseHeading, readPhaseHeading } from './phase-heading.ts'
import { sectionRank } from './section-name.ts'

/** A line of a block (by its index) that reads as a phase's heading would. */
export interface HeadingLine {
  readonly at: number
  readonly start: number
  readonly heading: PhaseHeading
}

/**
 * Tells of a line whether it stands where the heading of its phase would: it begins a paragraph, and it comes first in a section of phases, or
 * behind the heading of the phase before it, or before that of the phase after it, or (outside of the phases that are read) the labels of a phase
 * follow it. That another section declares the phase as well says nothing then; a heading beside it does.
 */
export function lostHeadings(
  { blocks, sections }: Outline,
  source: string,
): (line: HeadingLine, isInPhase: boolean) => boolean {
  const headings = sections.map(({ seen }) => readPhaseHeading(seen))
  const idOf = (section: number, kind: string) => {
    const heading = headings[section]
    return heading === undefined || heading.form === 'range' || heading.kind !== kind ? undefined : heading.id
  }
  // The sections of each phase, by where they are.
  const declared = new Map<string, number[]>()
  for (const [index, section] of sections.entries()) {
    const heading = headings[index]
    if (heading === undefined || heading.form === 'range') continue
    for (const place of [placeOf(section), `in ${section.parent}`]) {
      const key = `${place} ${heading.kind} ${heading.id}`
      declared.set(key, [...(declared.get(key) ?? []), index])
    }
  }

  return ({ at, start, heading }, isInPhase) => {
    const block = blocks[at]
    if (heading.form !== 'phase' || !isTitle(heading.title)) return false
    if (block?.node.type !== 'paragraph' || block.start !== start) return false
    const { kind, id } = heading
    const above = lastBefore(sections, at)
    const [before, after] = [sections[above], sections[above + 1]]
    const own = (place: string) => declared.get(`${place} ${kind} ${id}`) ?? []
    if (after !== undefined && isNext(id, idOf(above + 1, kind)))
      return !own(placeOf(after)).some((index) => index <= above)
    if (before === undefined) return false
    if (isNext(idOf(above, kind), id)) return !own(placeOf(before)).some((index) => index > above)
    if (at === before.from + 1 && sectionRank(before.words) === 3) return own(`in ${above}`).length === 0
    return !isInPhase && hasLabel(blocks.slice(at, after?.from), source)
  }
}

/** The last section that begins before a block; -1 where none does. */
function lastBefore(sections: readonly Section[], at: number): number {
  let low = -1
  let high = sections.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((sections[middle]?.from ?? 0) < at) low = middle
    else high = middle - 1
  }
  return low
}

function isNext(id: string | undefined, next: string | undefined): boolean {
  return id !== undefined && next !== undefined && Number(id) + 1 === Number(next)
}

/** Whether a label of a phase begins a line of the blocks, or an item. */
function hasLabel(blocks: readonly Block[], source: string): boolean {
  return blocks.some(({ node }) => {
    const paragraphs = node.type === 'list' ? node.children.map(({ children }) => children[0]) : [node]
    return paragraphs.some(
      (each) =>
        each?.type === 'paragraph' &&
        linesOf(each.children, source).some((line) => labelOf(line, source)?.field !== undefined),
    )
  })
}
