import { linesOf } from './inline.ts'
import { labelOf } from './label.ts'
import { isTitle, placeOf } from './loose-phase.ts'
import type { Block, Outline, Section } from './outline.ts'
import { PHASE_KINDS, type PhaseHeading, type PhaseKind, readPhaseHeading } from './phase-heading.ts'
import { sectionRank } from './section-name.ts'

/** So many blocks behind a heading, one of its labels has to come. */
const NEAR = 20

/** A line of a block (by its index) that reads as a phase's heading would. */
export interface HeadingLine {
  readonly at: number
  readonly start: number
  /** Markdown hangs it onto the last item of a list, although it is not indented. */
  readonly isHung: boolean
  readonly heading: PhaseHeading
}

/**
 * Tells of a line whether it stands where the heading of its phase would. It begins a paragraph or hangs onto a list, and:
 * - it is in a section of phases, behind the heading of the phase before it, or before that of the phase after it, and no heading beside it declares
 *   its phase; another section may;
 * - or the labels of a phase follow it, outside of the phases that are read;
 * - or lesser things are read as the phases, and headings declare its neighbours, and none declares it.
 *
 * `read`: what the phases that are read are called.
 */
export function lostHeadings(
  { blocks, sections }: Outline,
  source: string,
  read: PhaseKind,
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
    for (const place of [placeOf(section), `in ${section.parent}`, 'anywhere']) {
      const key = `${place} ${heading.kind} ${heading.id}`
      const known = declared.get(key)
      if (known === undefined) declared.set(key, [index])
      else known.push(index)
    }
  }

  const labelled = new Map<Block, boolean>()
  const isLabelled = (block: Block) => {
    const known = labelled.get(block) ?? hasLabel(block, source)
    labelled.set(block, known)
    return known
  }

  return ({ at, start, isHung, heading }, isInPhase) => {
    const block = blocks[at]
    if (block === undefined || heading.form !== 'phase' || !isTitle(heading.title)) return false
    if (!(block.node.type === 'paragraph' && block.start === start) && !isHung) return false
    const { kind, id } = heading
    const above = lastBefore(sections, at)
    const [before, after] = [sections[above], sections[above + 1]]
    const declaredIn = (place: string, wanted: string) => declared.get(`${place} ${kind} ${wanted}`) ?? []
    const own = (place: string) => declaredIn(place, id)
    const isGreater = PHASE_KINDS.indexOf(kind) < PHASE_KINDS.indexOf(read)
    const neighbours = [Number(id) - 1, Number(id) + 1].flatMap((number) => declaredIn('anywhere', String(number)))
    if (isGreater && neighbours.length > 0 && own('anywhere').length === 0) return true
    if (after !== undefined && isNext(id, idOf(above + 1, kind))) return (own(placeOf(after))[0] ?? above + 1) > above
    if (before === undefined) return false
    if (isNext(idOf(above, kind), id)) return (own(placeOf(before)).at(-1) ?? above) <= above
    if (sectionRank(before.words) === 3 && own(`in ${above}`).length === 0) return true
    return !isInPhase && blocks.slice(at, Math.min(after?.from ?? blocks.length, at + NEAR)).some(isLabelled)
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

/** Whether a label of a phase begins a line of a block, or an item. */
function hasLabel({ node }: Block, source: string): boolean {
  const paragraphs = node.type === 'list' ? node.children.map(({ children }) => children[0]) : [node]
  return paragraphs.some(
    (each) =>
      each?.type === 'paragraph' &&
      linesOf(each.children, source).some((line) => labelOf(line, source)?.field !== undefined),
  )
}
