import { type Piece, partsOf, readDocument } from './document.ts'
import { addAll, contextOf, type Draft, draftPhase, loseSurroundings, sectionsOf, titleBehind } from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { rawOf, segmentsOf } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'
import { criteriaIn } from './scenarios.ts'

const EPIC = /^\W*epic\s+(\d+(?:\.\d+)*)\s*[:.—–-]\s*/i
const STORY = /^\W*(?:user\s+)?story\s+(\d+(?:[.-]\d+)*[a-z]?)\s*[:.—–-]?\s*/i

/** BMAD epics: a phase per epic, a task per story, a criterion per Given … Then. */
export const bmadEpics: Format = {
  id: 'bmad-epics',
  neighbours: [],
  recognise(text) {
    const epics = /^#{1,4} Epic \d+/m.test(text)
    const stories = /^#{2,5} (?:User )?Story \d+[.-]\d+/m.test(text)
    return epics && stories ? 0.95 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    // Epics are listed once and told once: the telling has the stories.
    const { parts, rest } = partsOf(document.pieces, ({ words }) => EPIC.test(words))
    const told = parts.filter(({ body }) => body.some((piece) => piece.kind === 'heading' && STORY.test(piece.words)))
    const listed = parts.filter((part) => !told.includes(part))
    const context = document.pieces.filter(
      (piece) => rest.includes(piece) || listed.some(({ heading, body }) => piece === heading || body.includes(piece)),
    )
    const phases = told.map(({ heading, body }) => {
      const draft = draftPhase(heading.words.match(EPIC)?.[1] ?? '', titleBehind(heading, EPIC), heading.line)
      readEpic(draft, body, lost)
      return draft
    })
    const ids = new Set(phases.map(({ id }) => id))
    for (const { heading } of listed)
      if (!ids.has(heading.words.match(EPIC)?.[1] ?? ''))
        lost.add(heading.line, `"${heading.words}"`, 'it has no stories yet, so it is no phase; kept as context')
    return {
      format: 'bmad-epics',
      title: document.title,
      context: contextOf(context, document, lost),
      phases,
      lost: lost.list(),
    }
  },
}

function readEpic(draft: Draft, body: readonly Piece[], lost: LostList): void {
  const { parts, rest } = partsOf(body, ({ words }) => STORY.test(words))
  for (const segment of segmentsOf(rest)) {
    if (segment.kind === 'piece')
      draft.text.push(segment.piece.kind === 'heading' ? `**${segment.piece.words}**` : segment.piece.raw)
    else if (
      /^(?:dependencies|depends on|epic dependencies)$/.test(segment.label) &&
      epicsIn(segment.value) !== undefined
    )
      draft.dependsOn = epicsIn(segment.value) ?? []
    else draft.text.push(segment.raw, ...segment.owns.map(({ raw }) => raw))
  }
  for (const { heading, body: story } of parts) {
    const number = heading.words.match(STORY)?.[1] ?? ''
    const { below, criteria, done } = readStory(story)
    draft.tasks.push({
      text: `${number} ${titleBehind(heading, STORY)}`,
      below: below.join('\n\n'),
      done,
      line: heading.line,
    })
    addAll(
      draft.criteria,
      criteria.map((one) => `Story ${number}: ${one}`),
    )
    const needs = segmentsOf(story).find(
      (segment) => segment.kind === 'labelled' && /^(?:prerequisites|dependencies|depends on)$/.test(segment.label),
    )
    if (needs?.kind === 'labelled' && !/^\W*(?:none|n\/?a)/i.test(needs.value))
      lost.add(needs.line, 'prerequisites of stories', "only phases depend on each other; kept in the task's text")
  }
}

/** A story's text, its criteria, and whether it is marked as done. */
export function readStory(story: readonly Piece[]): {
  readonly below: readonly string[]
  readonly criteria: readonly string[]
  readonly done: boolean
} {
  const below: string[] = []
  const criteria: string[] = []
  let done = false
  let inCriteria = false
  for (const { heading, pieces } of sectionsOf(story)) {
    const isCriteria = heading !== undefined && /^acceptance criteria\b/i.test(heading.words)
    if (heading !== undefined && !isCriteria) below.push(`**${heading.words}**`)
    inCriteria = isCriteria
    let own: Piece[] = []
    const flush = (): void => {
      if (own.length === 0) return
      const read = criteriaIn(own)
      criteria.push(...read.criteria)
      below.push(...read.text)
      own = []
    }
    for (const segment of segmentsOf(pieces)) {
      if (segment.kind === 'labelled' && segment.label === 'acceptance criteria') {
        flush()
        inCriteria = true
        if (segment.value !== '') own.push({ kind: 'text', raw: segment.value, line: segment.line })
        own.push(...segment.owns)
      } else if (segment.kind === 'labelled' && !/^(?:given|when|then|and|but)$/.test(segment.label)) {
        flush()
        inCriteria = isCriteria
        if (segment.label === 'status' && /^\W*(?:done|completed?|✅)/i.test(segment.value)) done = true
        below.push(segment.raw, ...segment.owns.map(({ raw }) => raw))
      } else {
        const owned =
          segment.kind === 'piece'
            ? [segment.piece]
            : [{ kind: 'text' as const, raw: segment.raw, line: segment.line }, ...segment.owns]
        if (inCriteria) own.push(...owned)
        else below.push(rawOf(owned))
      }
    }
    flush()
  }
  return { below, criteria, done }
}

function epicsIn(said: string): readonly string[] | undefined {
  if (/^\W*(?:none|nothing|n\/?a|independent)/i.test(said)) return []
  const ids = [...said.matchAll(/\bepics?\s+(\d+(?:\s*(?:,|and|&)\s*(?:epics?\s+)?\d+)*)/gi)].flatMap(
    ([, list = '']) => list.match(/\d+/g) ?? [],
  )
  return ids.length === 0 ? undefined : [...new Set(ids)]
}
