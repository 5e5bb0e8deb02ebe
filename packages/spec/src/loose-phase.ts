import type { Candidate } from './found-phase.ts'
import { type Outline, outerSections, type Section } from './outline.ts'

/** What a heading behind a phase's number is called that tells something about the phase, and is none. */
const PART =
  /^(?:\W*)(?:summary|overview|deliverables?|tasks?|goals?|objectives?|checklist|results?|retrospective|review|notes?|status|progress|report|criteria|success|acceptance|exit|gate|gates|tests?|testing|validation|verification|timeline|schedule|estimates?|dependencies|risks?|outcomes?|output|details?|description|scope|plan|milestones?|metrics|completion|complete|completed|done|recap|demo|sign-?off|readiness|requirements?|features?|architecture|is|are|was|were|of|and|or|to|for|in|on|at|the|will|has|have|had|can|could|must|should|vs|versus|with|without|only|also|then|when|if|→|->)(?![\p{L}\p{N}])/iu

/** Whether words behind a number are a phase's title, as in `Phase 2 Printer`, and no part of the phase, as in `Phase 2 Summary`. */
export function isTitle(words: string): boolean {
  return !PART.test(words) && !/[.!?]$/.test(words)
}

/**
 * The headings without a separator whose meaning is plain: an id that nothing else declares, beside phases that were chosen, or (where none
 * were) all of them in an implementation section.
 */
export function readableLoose(
  outline: Outline,
  chosen: readonly Candidate[],
  declared: readonly Candidate[],
  loose: readonly Candidate[],
): readonly Candidate[] {
  const counts = new Map<string, number>()
  for (const { heading } of [...declared, ...loose]) counts.set(heading.id, (counts.get(heading.id) ?? 0) + 1)
  const plain = loose.filter(
    ({ heading }) => counts.get(heading.id) === 1 && heading.form === 'phase' && isTitle(heading.title),
  )
  const [first] = chosen
  if (first !== undefined) {
    const places = new Set(chosen.map(({ section }) => placeOf(section)))
    return plain.filter(({ heading, section }) => heading.kind === first.heading.kind && places.has(placeOf(section)))
  }
  const [homed] = plain.filter(({ home }) => home >= 0)
  if (homed === undefined) return []
  return plain.filter(
    ({ heading, section, index }) =>
      heading.kind === homed.heading.kind &&
      placeOf(section) === placeOf(homed.section) &&
      !outerSections(outline, section).includes(index),
  )
}

/** Sections with the same place are beside each other. */
export function placeOf({ depth, parent }: Section): string {
  return `${parent}:${depth}`
}
