import type { ListItem, Paragraph } from 'mdast'
import type { Findings, Span } from './findings.ts'
import { linesOf, wordsOf } from './inline.ts'
import type { Block, Outline, Section } from './outline.ts'
import { PHASE_KINDS, type PhaseHeading, type PhaseKind, readPhaseHeading } from './phase-heading.ts'
import { type SectionRank, sectionRank } from './section-name.ts'

/** A phase as it was found: its heading's words, and where its body is. */
export interface FoundPhase {
  readonly kind: PhaseKind
  readonly id: string
  readonly title: string
  readonly notes: readonly string[]
  /** The heading, or the list item's first words. */
  readonly span: Span
  /** Depth of its heading; a list item counts as deeper than any heading. */
  readonly depth: number
  readonly body: PhaseBody
}

export type PhaseBody =
  /** Blocks `from` (inclusive) to `to` (exclusive) of the outline. */
  | { readonly form: 'blocks'; readonly from: number; readonly to: number }
  /** A list item; `after` is where its title ends in its first paragraph. */
  | { readonly form: 'item'; readonly item: ListItem; readonly after: number; readonly block: number }

interface Candidate {
  readonly heading: Exclude<PhaseHeading, { form: 'range' }>
  readonly section: Section
  readonly index: number
  /** Index of the innermost implementation section that contains it; -1 for none. */
  readonly home: number
  readonly rank: SectionRank | 0
}

/** Finds the phases: headings of an implementation section, else its list items, else (with a warning) the top phase headings of the text. */
export function findPhases(outline: Outline, source: string, findings: Findings): readonly FoundPhase[] {
  const ranks = outline.sections.map((section) => (section.depth <= 4 ? sectionRank(section.words) : undefined))
  const candidates = readCandidates(outline, ranks, findings)
  const homed = outranked(candidates) ? [] : candidates.filter((candidate) => candidate.home >= 0)
  const titled = homed.some((candidate) => candidate.heading.form === 'phase')
  if (titled || homed.length > 1) return bodies(chooseHomed(outline, homed, findings), outline)
  const items = findItems(outline, ranks, source)
  if (items.length > 0) return items
  if (homed.length > 0) return bodies(chooseHomed(outline, homed, findings), outline)
  const chosen = chooseTop(outline, ofOneKind(candidates.filter((candidate) => candidate.heading.form === 'phase')))
  const first = chosen[0]
  if (first !== undefined) {
    findings.add('no-section', first.section.span, {
      message: 'no implementation section: the top phase headings of the text are taken as the phases',
      hint: 'put a heading like "## Implementation Phases" above the first phase',
    })
  }
  return bodies(chosen, outline)
}

function readCandidates(
  outline: Outline,
  ranks: readonly (SectionRank | undefined)[],
  findings: Findings,
): readonly Candidate[] {
  const candidates: Candidate[] = []
  outline.sections.forEach((section, index) => {
    const heading = readPhaseHeading(section.words)
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
    candidates.push({ heading, section, index, home, rank: ranks[home] ?? 0 })
  })
  return candidates
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
      ({ section, index }) => shallow.has(index) || ancestors(outline, section).some((one) => shallow.has(one)),
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
    return !ancestors(outline, candidate.section).some((index) => {
      const outer = byIndex.get(index)
      return outer !== undefined && isPartOf(candidate.heading.id, outer.heading.id)
    })
  })
}

function isPartOf(inner: string, outer: string): boolean {
  return inner === outer || (inner.startsWith(outer) && /^(?:[.\-_]|[a-z]$)/i.test(inner.slice(outer.length)))
}

function ancestors(outline: Outline, section: Section): readonly number[] {
  const found: number[] = []
  for (let at = section.parent; at >= 0; at = outline.sections[at]?.parent ?? -1) found.push(at)
  return found
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

/** Phases as items of a list directly under an implementation section: numbered, or with the phase's name in bold. */
function findItems(
  outline: Outline,
  ranks: readonly (SectionRank | undefined)[],
  source: string,
): readonly FoundPhase[] {
  const best = Math.max(0, ...ranks.map((rank) => rank ?? 0))
  const found: FoundPhase[] = []
  for (let rank = best; rank > 0 && found.length === 0; rank--) {
    outline.sections.forEach((section, index) => {
      if (ranks[index] !== rank) return
      const next = outline.sections[index + 1]?.from ?? outline.blocks.length
      for (let at = section.from + 1; at < next; at++) {
        const block = outline.blocks[at]
        if (block?.node.type === 'list') found.push(...itemsOf(block, at, source))
      }
    })
  }
  const kinds = new Set(found.map(({ kind }) => kind))
  const kind = PHASE_KINDS.find((one) => kinds.has(one))
  return found.filter((phase) => phase.kind === kind)
}

function itemsOf(block: Block, index: number, source: string): readonly FoundPhase[] {
  if (block.node.type !== 'list') return []
  const ordered = block.node.ordered === true
  return block.node.children.flatMap((item) => {
    const head = item.children[0]
    if (head?.type !== 'paragraph') return []
    const title = itemTitle(head, ordered, source)
    const heading = title === undefined ? undefined : readPhaseHeading(title.words)
    if (title === undefined || heading?.form !== 'phase') return []
    const { kind, id, notes } = heading
    const body: PhaseBody = { form: 'item', item, after: title.end, block: index }
    return [{ kind, id, title: heading.title, notes, span: { start: title.start, end: title.end }, depth: 7, body }]
  })
}

/** The words of an item that may name a phase: its bold beginning, or (in a numbered list) its first line. */
function itemTitle(
  head: Paragraph,
  ordered: boolean,
  source: string,
): { words: string; start: number; end: number } | undefined {
  const line = linesOf(head.children, source)[0]
  if (line === undefined) return undefined
  const first = line.inlines.findIndex((inline) => inline.text.trim() !== '')
  const lead = line.inlines[first]
  if (lead === undefined) return undefined
  const pictures = lead.kind === 'text' && !/[\p{L}\p{N}]/u.test(lead.text)
  const from = pictures ? first + 1 : first
  if (line.inlines[from]?.kind === 'mark') {
    let to = from
    while (to < line.inlines.length && line.inlines[to]?.kind !== 'text') to++
    const bold = line.inlines.slice(from, to)
    const rest = line.inlines.slice(to)
    const words = wordsOf(bold)
    const named = readPhaseHeading(words)
    if (named?.form === 'phase') return { words, start: line.start, end: bold.at(-1)?.end ?? line.end }
    // `**Phase 1**: Setup` – the separator and the title follow the bold id.
    if (named?.form === 'bare' && rest.length > 0)
      return { words: `${words}${wordsOf(rest).replace(/^(?=[^:：—–.-])/, ' ')}`, start: line.start, end: line.end }
    return undefined
  }
  return ordered ? { words: wordsOf(line.inlines), start: line.start, end: line.end } : undefined
}

/** A heading's words, short enough for a message. */
export function shorten(words: string): string {
  return words.length > 80 ? `${words.slice(0, 77)}…` : words
}
