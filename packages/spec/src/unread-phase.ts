import type { RootContent } from 'mdast'
import { nearest } from './edit-distance.ts'
import type { Findings, Span } from './findings.ts'
import { isFinished } from './finished.ts'
import { type Candidate, type FoundPhase, isPartOf, shorten } from './found-phase.ts'
import { isTitle, placeOf } from './loose-phase.ts'
import { type HeadingLine, lostHeadings } from './lost-heading.ts'
import { type Outline, outerSections, type Section } from './outline.ts'
import { PHASE_KINDS, type PhaseKind, readPhaseHeading } from './phase-heading.ts'

/** What is known about the phases that are read. */
interface Chosen {
  readonly kind: PhaseKind
  readonly word: string
  readonly ids: ReadonlySet<string>
  readonly declared: ReadonlySet<string>
  readonly shapes: ReadonlySet<string>
  readonly places: ReadonlySet<string>
  /** The sections of the phases, by index. */
  readonly sections: ReadonlyMap<number, string>
  readonly home: string | undefined
}

/** Why a heading is none of the phases that it looks like, and what to write. */
interface Unread {
  readonly code: 'unread-phase' | 'misspelt-phase'
  readonly why: string
  readonly hint: string
}

/** Reports every heading and every line that looks like a phase beside those that are read. Nothing where none are. */
export function reportUnread(
  outline: Outline,
  chosen: readonly Candidate[],
  candidates: readonly Candidate[],
  source: string,
  findings: Findings,
): void {
  const [first] = chosen
  if (first === undefined) return
  const known: Chosen = {
    kind: first.heading.kind,
    word: first.heading.kind.replace(/^./, (letter) => letter.toUpperCase()),
    ids: new Set(chosen.map(({ heading }) => heading.id)),
    declared: new Set(
      [...chosen, ...candidates]
        .filter(({ heading }) => heading.kind === first.heading.kind)
        .map(({ heading }) => heading.id),
    ),
    shapes: new Set(chosen.map(({ heading }) => shapeOf(heading.id))),
    places: new Set(chosen.map(({ section }) => placeOf(section))),
    sections: new Map(chosen.map(({ index, heading }) => [index, heading.id])),
    home: outline.sections[first.home]?.words,
  }
  outline.sections.forEach((section, index) => {
    if (known.sections.has(index) || isFinishedSection(outline, section)) return
    const unread = unreadHeading(section, outline, known)
    if (unread !== undefined) report(findings, section.span, section.words, unread)
  })
  reportLines(outline, known, source, findings)
}

function report(findings: Findings, span: Span, words: string, { code, why, hint }: Unread): void {
  findings.add(code, span, {
    message: `"${shorten(words)}" looks like a phase and is not read, because ${why}`,
    hint,
  })
}

function isFinishedSection(outline: Outline, section: Section): boolean {
  return (
    isFinished(section.words) ||
    outerSections(outline, section).some((at) => isFinished(outline.sections[at]?.words ?? ''))
  )
}

function unreadHeading(section: Section, outline: Outline, known: Chosen): Unread | undefined {
  const outer = outerSections(outline, section)
  const inside = outer.map((at) => known.sections.get(at)).find((id) => id !== undefined)
  const beside = inside === undefined && known.places.has(placeOf(section))
  const heading = readPhaseHeading(section.seen)
  if (heading?.form === 'range') return undefined
  if (heading === undefined) return unreadOther(section, beside, known)
  if (heading.kind !== known.kind) {
    if (!beside || !hasBody(outline, section)) return undefined
    return {
      code: 'unread-phase',
      why: `the phases of this text are called "${known.word}"`,
      hint: `write "${known.word} ${heading.id}: …", or put it into the phase that it belongs to, with more "#"`,
    }
  }
  if (known.ids.has(heading.id)) return undefined
  if (inside !== undefined) {
    if (
      heading.form !== 'loose' ||
      isPartOf(heading.id, inside) ||
      !isTitle(heading.title) ||
      known.declared.has(heading.id)
    )
      return undefined
    return {
      code: 'unread-phase',
      why: `it is deeper than the phases and has no colon, so it is taken for a part of phase ${inside}`,
      hint: `write "${known.word} ${heading.id}: …" under a heading as deep as those of the other phases`,
    }
  }
  if (heading.form === 'loose') {
    if (!beside && !isTitle(heading.title)) return undefined
    return {
      code: 'unread-phase',
      why: `no colon is behind its number, and nothing else declares ${known.word.toLowerCase()} ${heading.id}`,
      hint: `write "${known.word} ${heading.id}: …" if it is one`,
    }
  }
  // Another numbering is another telling: "Phase A" beside "Phase 1".
  if (!known.shapes.has(shapeOf(heading.id))) return undefined
  const own = outline.sections[outer.at(-1) ?? -1]?.words
  return {
    code: 'unread-phase',
    why:
      known.home === undefined
        ? 'it is not beside the other phases'
        : `the phases are read from "${shorten(known.home)}", and it stands ${own === undefined ? 'outside' : `under "${shorten(own)}"`}`,
    hint: 'put it beside the other phases, under one heading',
  }
}

function shapeOf(id: string): string {
  return id.length === 1 && /[a-z]/i.test(id) ? 'letter' : id.replace(/[\d.]+/g, '0').toLowerCase()
}

function hasBody(outline: Outline, section: Section): boolean {
  const next = outline.blocks[section.from + 1]
  return section.to > section.from + 1 && next?.node.type !== 'heading'
}

const NUMBERED =
  /^(\p{L}[\p{L}\p{M}]{1,19}(?: \p{L}{1,12})?)\s+(?:#|№|no\.?\s*)?([0-9\uff10-\uff19]+(?:\.\d+)*)\s*(?:[:：—–]|-\s|\.\s)\s*\S/u

/** Headings that are no phase's by any reading: misspelt, struck out, or in other words. */
function unreadOther(section: Section, beside: boolean, known: Chosen): Unread | undefined {
  if (section.seen !== section.words) {
    const whole = readPhaseHeading(section.words)
    if (whole !== undefined && whole.form !== 'range' && whole.form !== 'loose' && !known.ids.has(whole.id))
      return {
        code: 'unread-phase',
        why: "it is struck out or a picture's text",
        hint: 'write it plainly if it is to be built, or take it out',
      }
  }
  if (!beside) return undefined
  const [, word = '', id = ''] = NUMBERED.exec(section.seen.trim()) ?? []
  if (word === '') return undefined
  const meant = nearest(word.toLowerCase(), [known.kind, ...PHASE_KINDS])
  if (meant !== undefined)
    return {
      code: 'misspelt-phase',
      why: `"${word}" is not spelt as "${known.word}"`,
      hint: `did you mean "${known.word} ${id}: …"?`,
    }
  if (known.ids.has(id)) return undefined
  return {
    code: 'unread-phase',
    why: `"${word}" is none of the words that a phase is called by`,
    hint: `write "${known.word} ${id}: …" if it is one`,
  }
}

const LINE =
  /^(#{1,6}[ \t]*)?(?:\d{1,3}[.)][ \t]+)?(?:\[[ x]\][ \t]+|[^\p{L}\p{N}\s|>*+`#[_-]{1,8}[ \t]*)?(?:\*\*|__)?((?:phase|step|stage|milestone|work ?stream|work ?package)[ \t]+[^\n]{1,200})$/gimu

/** A line outside headings that reads as a phase's heading would. */
export interface PhaseLine extends HeadingLine {
  readonly line: string
  /** Without marks of emphasis and of lists. */
  readonly words: string
  readonly span: Span
  /** The `#` that Markdown does not take for a heading's. */
  readonly marker: string | undefined
  readonly block: RootContent
  readonly heading: NonNullable<ReturnType<typeof readPhaseHeading>>
}

/** Lines that have lost their heading's marker, or whose marker Markdown does not take for one. */
export function phaseLines(outline: Outline, source: string): readonly PhaseLine[] {
  return [...source.matchAll(LINE)].flatMap((match) => {
    const [line, marker, rest = ''] = match
    const at = blockAt(outline, match.index)
    const block = outline.blocks[at]?.node
    if (block === undefined || block.type === 'heading' || block.type === 'code') return []
    // Right below a table any line is a row of it; one of several cells is meant to be.
    if (block.type === 'table' && line.includes('|')) return []
    if (block.type === 'html' && /^\s*<!--/.test(block.value)) return []
    const words = rest.replace(/[*_]{2}|<\/?[a-z][^<>\n]*>/gi, '').trim()
    const heading = readPhaseHeading(words)
    const span = { start: match.index, end: match.index + line.length }
    const isHung = block.type === 'list' && /^(?:\*\*|__)?\p{L}/u.test(line)
    return heading === undefined || heading.form === 'range'
      ? []
      : [{ line, words, span, marker, block, at, start: span.start, isHung, heading }]
  })
}

function reportLines(outline: Outline, known: Chosen, source: string, findings: Findings): void {
  const enclosing = new Set<RootContent>()
  const isLost = lostHeadings(outline, source, known.kind)
  const inPhases = blocksIn(outline, known)
  for (const phaseLine of phaseLines(outline, source)) {
    const { line, words, span, marker, block, at, heading } = phaseLine
    const isEnclosed = block.type === 'html'
    if (isEnclosed && enclosing.has(block)) continue
    if (isEnclosed) enclosing.add(block)
    if (!isMeant(heading, known) && !isLost(phaseLine, inPhases.has(at))) continue
    const short = words.split(/\s+/).length <= 8 && isTitle('title' in heading ? heading.title : '')
    if (heading.form === 'loose' && !(short && (marker !== undefined || isAlone(source, span.start, line)))) continue
    if (marker !== undefined && !isEnclosed)
      report(findings, span, line, {
        code: 'misspelt-phase',
        why: 'a heading needs a space behind its "#"',
        hint: `write "${marker.trim()} ${words}"`,
      })
    else
      report(findings, span, words, {
        code: 'unread-phase',
        why: isEnclosed ? 'HTML tags enclose it' : 'it is no heading',
        hint: isEnclosed
          ? 'leave a blank line between the tag and the heading'
          : `write "### ${words}", as deep as the other phases`,
      })
  }
}

/** Where the phases are items of a list: reports the lines elsewhere that stand where a phase's heading would. */
export function reportLost(outline: Outline, phases: readonly FoundPhase[], source: string, findings: Findings): void {
  const [first] = phases
  if (first === undefined) return
  const ids = new Set(phases.map(({ id }) => id))
  const isLost = lostHeadings(outline, source, first.kind)
  for (const phaseLine of phaseLines(outline, source)) {
    const { words, span, block, heading } = phaseLine
    const isOther = heading.form === 'phase' && heading.kind === first.kind && !ids.has(heading.id)
    const isAlone = isOther && block.type === 'paragraph' && isTitle(heading.title)
    if (!isAlone && !isLost(phaseLine, false)) continue
    report(findings, span, words, {
      code: 'unread-phase',
      why: 'it is no heading, and the phases are read from the items of a list',
      hint: `write "### ${words}" if it is one`,
    })
  }
}

/** The blocks of the phases that are read, by their indices. */
function blocksIn(outline: Outline, known: Chosen): ReadonlySet<number> {
  const all = new Set<number>()
  for (const section of known.sections.keys()) {
    const { from, to } = outline.sections[section] ?? { from: 0, to: 0 }
    for (let at = from; at < to; at++) all.add(at)
  }
  return all
}

/** Whether a line declares a phase beside those that are read. Where these are milestones or steps, a line that says "Phase 1:" is none of their texts. */
function isMeant(heading: PhaseLine['heading'], known: Chosen): boolean {
  if (heading.form === 'range') return false
  if (heading.kind === known.kind) return !known.ids.has(heading.id)
  return heading.kind === 'phase' && heading.form !== 'loose'
}

function isAlone(source: string, start: number, line: string): boolean {
  return (
    !/\S[ \t]*\n$/.test(source.slice(Math.max(0, start - 200), start)) &&
    /^(?:\n[ \t]*\n|\n?$)/.test(source.slice(start + line.length, start + line.length + 200))
  )
}

/** The index of the visible top-level block at an offset; -1 where there is none. */
function blockAt(outline: Outline, offset: number): number {
  let low = 0
  let high = outline.blocks.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((outline.blocks[middle]?.start ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  const block = outline.blocks[low]
  return block !== undefined && block.start <= offset && offset < block.end ? low : -1
}
