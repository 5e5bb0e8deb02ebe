import { findItems } from './find-items.ts'
import type { Findings } from './findings.ts'
import { type Candidate, type FoundPhase, isPartOf, shorten } from './found-phase.ts'
import { readableLoose } from './loose-phase.ts'
import { type Outline, outerSections } from './outline.ts'
import { PHASE_KINDS, type PhaseKind, readPhaseHeading } from './phase-heading.ts'
import { type SectionRank, sectionRank } from './section-name.ts'
import { reportLost, reportUnread } from './unread-phase.ts'

/** Finds the phases: headings of an implementation section, else its list items, else (with a warning) the top phase headings of the text. */
export function findPhases(outline: Outline, source: string, findings: Findings): readonly FoundPhase[] {
  const ranks = outline.sections.map((section) => (section.depth <= 4 ? sectionRank(section.words) : undefined))
  const { candidates, loose } = readCandidates(outline, ranks, findings)
  const withLoose = (chosen: readonly Candidate[]): readonly FoundPhase[] => {
    const all = [...chosen, ...readableLoose(outline, chosen, candidates, loose)].toSorted((a, b) => a.index - b.index)
    reportUnread(outline, all, candidates, source, findings)
    return bodies(all, outline)
  }
  const homed = outranked(candidates) ? [] : candidates.filter((candidate) => candidate.home >= 0)
  const titled = homed.some((candidate) => candidate.heading.form === 'phase')
  if (titled || homed.length > 1) return withLoose(chooseHomed(outline, homed, findings))
  const items = findItems(outline, ranks, source, findings)
  if (items.length > 0) {
    reportLost(outline, items, source, findings)
    return items
  }
  if (homed.length > 0) return withLoose(chooseHomed(outline, homed, findings))
  const chosen = chooseTop(outline, ofOneKind(candidates.filter((candidate) => candidate.heading.form === 'phase')))
  const first = chosen[0]
  if (first !== undefined) {
    findings.add('no-section', first.section.span, {
      message: 'no implementation section: the top phase headings of the text are taken as the phases',
      hint: 'put a heading like "## Implementation Phases" above the first phase',
    })
  }
  return withLoose(chosen)
}

function readCandidates(
  outline: Outline,
  ranks: readonly (SectionRank | undefined)[],
  findings: Findings,
): { readonly candidates: readonly Candidate[]; readonly loose: readonly Candidate[] } {
  const candidates: Candidate[] = []
  const loose: Candidate[] = []
  outline.sections.forEach((section, index) => {
    const heading = readPhaseHeading(section.seen)
    if (heading === undefined) return
    if (heading.form === 'range') {
      findings.add('range-heading', section.span, {
        message: `"${shorten(section.words)}" stands for several phases, and is not read as one`,
        hint: 'give each phase a heading of its own',
      })
      return
    }
    let home = section.parent
    while (home >= 0 && ranks[home] === undefined) home = outline.sections[home]?.parent ?? -1
    const place = { section, index, home, rank: ranks[home] ?? 0 } as const
    if (heading.form === 'loose') loose.push({ heading: { ...heading, form: 'phase' }, ...place })
    else candidates.push({ heading, ...place })
  })
  return { candidates, loose }
}

/** Whether the sections hold only lesser things (`## Steps`), while the phases are outside them (`## Phase 1: …`, `## Phase 2: …`). */
function outranked(candidates: readonly Candidate[]): boolean {
  const rankOf = ({ heading }: Candidate): number => PHASE_KINDS.indexOf(heading.kind)
  const inside = Math.min(...candidates.filter(({ home }) => home >= 0).map(rankOf))
  const stronger = candidates.filter((one) => one.home < 0 && one.heading.form === 'phase' && rankOf(one) < inside)
  return Number.isFinite(inside) && stronger.length > 1
}

function chooseHomed(outline: Outline, homed: readonly Candidate[], findings: Findings): readonly Candidate[] {
  const best = Math.max(...homed.map((candidate) => candidate.rank))
  const ranked = ofOneKind(homed.filter((candidate) => candidate.rank === best))
  const groups = new Map<number, Candidate[]>()
  for (const candidate of ranked) {
    const group = groups.get(candidate.home)
    if (group === undefined) groups.set(candidate.home, [candidate])
    else group.push(candidate)
  }
  const kept = dropSummaries(outline, [...groups.values()], findings)
  return kept
    .flatMap((group) => {
      const home = outline.sections[group[0]?.home ?? -1]
      // Below the title of the whole document only the top phase headings count, as if there were no section.
      return home?.depth === 1 ? chooseTop(outline, group) : chooseNested(outline, group)
    })
    .toSorted((a, b) => a.index - b.index)
}

/** Of two sections where one declares only phases of the other, the shorter is the summary. */
function dropSummaries(outline: Outline, groups: readonly Candidate[][], findings: Findings): readonly Candidate[][] {
  const size = (group: readonly Candidate[]): number =>
    group.reduce((sum, { section }) => sum + section.to - section.from, 0)
  const idsOf = (group: readonly Candidate[]): ReadonlySet<string> => new Set(group.map(({ heading }) => heading.id))
  return groups.filter((group) => {
    const covering = groups.find((other) => {
      if (other === group) return false
      const ids = idsOf(other)
      if (!group.every(({ heading }) => ids.has(heading.id))) return false
      if (size(other) !== size(group)) return size(other) > size(group)
      return groups.indexOf(other) < groups.indexOf(group)
    })
    if (covering === undefined) return true
    const first = group[0]
    const home = outline.sections[covering[0]?.home ?? -1]
    if (first !== undefined && home !== undefined) {
      findings.add('summary-ignored', first.section.span, {
        message: `these phases are told in full under "${shorten(home.words)}"; this section is read as a summary of them`,
      })
    }
    return false
  })
}

function ofOneKind(candidates: readonly Candidate[]): readonly Candidate[] {
  const counts = new Map<PhaseKind, number>()
  for (const { heading } of candidates) counts.set(heading.kind, (counts.get(heading.kind) ?? 0) + 1)
  const several = PHASE_KINDS.find((kind) => (counts.get(kind) ?? 0) > 1)
  const kind = several ?? PHASE_KINDS.find((one) => counts.has(one))
  return candidates.filter(({ heading }) => heading.kind === kind)
}

/** The shallowest phase headings, and deeper ones inside one of them that are not a part of it (`Phase 2` at a wrong depth). */
function chooseTop(outline: Outline, candidates: readonly Candidate[]): readonly Candidate[] {
  const top = Math.min(...candidates.map(({ section }) => section.depth))
  const shallow = new Set(candidates.filter(({ section }) => section.depth === top).map(({ index }) => index))
  return chooseNested(
    outline,
    candidates.filter(
      ({ section, index }) => shallow.has(index) || outerSections(outline, section).some((one) => shallow.has(one)),
    ),
  )
}

/** Phase headings that are no part of another: `Phase 1.1` inside `Phase 1` is one, and so is a second `Phase 1` inside `Phase 1`. */
function chooseNested(outline: Outline, candidates: readonly Candidate[]): readonly Candidate[] {
  const byIndex = new Map(candidates.map((candidate) => [candidate.index, candidate]))
  const declared = new Set(
    candidates.filter(({ heading }) => heading.form === 'phase').map(({ heading }) => heading.id),
  )
  return candidates.filter((candidate) => {
    if (candidate.heading.form === 'bare' && declared.has(candidate.heading.id)) return false
    return !outerSections(outline, candidate.section).some((index) => {
      const outer = byIndex.get(index)
      return outer !== undefined && isPartOf(candidate.heading.id, outer.heading.id)
    })
  })
}

function bodies(chosen: readonly Candidate[], outline: Outline): readonly FoundPhase[] {
  return chosen.map(({ heading, section }, index) => {
    const next = chosen[index + 1]?.section.from ?? outline.blocks.length
    return {
      kind: heading.kind,
      id: heading.id,
      title: heading.form === 'phase' ? heading.title : '',
      notes: heading.notes,
      span: section.span,
      depth: section.depth,
      body: { form: 'blocks', from: section.from + 1, to: Math.min(section.to, next) },
    }
  })
}
