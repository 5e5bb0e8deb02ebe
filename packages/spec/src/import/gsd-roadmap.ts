import { type PhaseHeading, readPhaseHeading } from '../phase-heading.ts'
import { type ForeignDocument, type Piece, partsOf, readDocument } from './document.ts'
import {
  addAll,
  contextOf,
  type Draft,
  draftPhase,
  isCheckList,
  loseSurroundings,
  readBody,
  taskOf,
  titleBehind,
} from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { itemsIn, segmentsOf } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'
import { criteriaIn } from './scenarios.ts'

const PHASE = /^\W*phase\s+[\w.]+\s*(?:\([^()]*\)\s*)?[:.—–-]\s*/i

/** GSD's `ROADMAP.md`: phases with goal, dependencies, success criteria and plans; shipped milestones are folded away. */
export const gsdRoadmap: Format = {
  id: 'gsd-roadmap',
  neighbours: [],
  recognise(text, name) {
    if (!/^#{2,4} (?:\W+ )?Phase \d+(?:\.\d+)?\b/m.test(text) || !/^\*\*Goal(?:\*\*:|:\*\*)/m.test(text)) return 0
    const plans = /^(?:\*\*)?Plans(?:\*\*)?:/m.test(text)
    if (/^# Roadmap\b/im.test(text) || /^roadmap\.md$/i.test(name)) return plans ? 0.97 : 0.85
    return plans && /^[-*] \[[ xX]\] (?:\*\*)?\d+(?:\.\d+)?-\d+/m.test(text) ? 0.8 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(document.pieces, ({ words }) => phaseIn(words) !== undefined)
    const finished = finishedPhases(document, lost)
    const marked = markedDone(rest)
    const phases = parts.map(({ heading, body }) => {
      const id = phaseIn(heading.words)?.id ?? ''
      const draft = draftPhase(id, titleBehind(heading, PHASE), heading.line)
      draft.done = marked.has(plainId(id))
      readPhase(draft, body, new Set(finished.map((one) => plainId(one.id))), lost)
      return draft
    })
    const named = finished.map(({ id, title }) => `- Phase ${id}${title === '' ? '' : `: ${title}`}`)
    return {
      format: 'gsd-roadmap',
      title: document.title,
      context: [
        ...contextOf(rest, document, lost),
        ...(named.length === 0 ? [] : ['## Finished before', named.join('\n')]),
      ],
      phases,
      lost: lost.list(),
    }
  },
}

function phaseIn(words: string): Exclude<PhaseHeading, { form: 'range' }> | undefined {
  const read = readPhaseHeading(words)
  return read === undefined || read.form === 'range' || read.kind !== 'phase' ? undefined : read
}

/** Phases of shipped milestones. */
function finishedPhases(
  { folded }: ForeignDocument,
  lost: LostList,
): readonly { readonly id: string; readonly title: string }[] {
  return folded.flatMap(({ words, line, to }) => {
    const read = phaseIn(words)
    if (read === undefined) return []
    lost.addLines(
      line,
      to,
      'phases that are folded away (shipped)',
      'named as finished in the context; what depends on them waits for nothing',
    )
    return [{ id: read.id, title: read.form === 'phase' ? read.title : '' }]
  })
}

/** Phases that the check list or the progress table says are complete. */
function markedDone(pieces: readonly Piece[]): ReadonlySet<string> {
  const done = new Set<string>()
  for (const piece of pieces) {
    if (isCheckList(piece)) {
      for (const { text, checked } of itemsIn([piece])) {
        const id = text.match(/^(?:\*\*)?Phase\s+(\d+(?:\.\d+)*)/i)?.[1]
        if (checked === true && id !== undefined) done.add(plainId(id))
      }
    }
    if (piece.kind === 'text' && piece.raw.startsWith('|')) {
      for (const row of piece.raw.split('\n')) {
        const id = row.match(/^\|\s*(?:Phase\s+)?(\d+(?:\.\d+)*)[.:\s]/i)?.[1]
        if (id !== undefined && /\|\s*(?:✅\s*)?(?:Complete|Completed|Done|Shipped)\s*\|/i.test(row))
          done.add(plainId(id))
      }
    }
  }
  return done
}

function plainId(id: string): string {
  return id.replace(/(?<![\d.])0+(?=\d)/g, '')
}

function readPhase(draft: Draft, body: readonly Piece[], finished: ReadonlySet<string>, lost: LostList): void {
  const said = segmentsOf(body).find((segment) => segment.kind === 'labelled' && segment.label === 'depends on')
  readBody(draft, body, {
    label({ label, value, owns, line, raw }) {
      if (label === 'depends on') {
        const ids = idsIn(value)
        draft.dependsOn = ids.filter((id) => !finished.has(plainId(id)))
        if (ids.some((id) => finished.has(plainId(id)))) draft.text.push(raw)
        if (ids.length === 0 && !/^\W*(?:nothing|none|n\/?a|first)/i.test(value))
          lost.add(
            line,
            `"Depends on: ${value.slice(0, 60)}"`,
            'it names no phase; the phase follows the one before it',
          )
        if (ids.length === 0 && !/^\W*(?:nothing|none|n\/?a|first)/i.test(value)) draft.dependsOn = 'previous'
      } else if (label === 'success criteria' || label === 'acceptance criteria') {
        addAll(draft.criteria, criteriaIn(owns).criteria)
        if (value !== '') addAll(draft.criteria, [value])
      } else if (label === 'plans' && owns.length > 0 && value === '') {
        for (const item of itemsIn(owns)) draft.tasks.push(taskOf(item))
      } else return false
      return true
    },
    task(item, group) {
      draft.tasks.push(taskOf(item, group))
    },
  })
  if (said === undefined) draft.dependsOn = 'previous'
}

function idsIn(said: string): readonly string[] {
  const plain = said.replace(/\([^()]*\)/g, ' ')
  if (/^\W*(?:nothing|none|n\/?a)\b/i.test(plain)) return []
  const ids: string[] = []
  for (const [, list = ''] of plain.matchAll(
    /\bphases?\s+([\d.]+(?:\s*(?:,|&|and|-|–|to)+\s*(?:phases?\s+)?[\d.]+)*)/gi,
  )) {
    for (const [, from = '', to] of list.matchAll(/(\d+(?:\.\d+)*)(?:\s*(?:-|–|to)\s*(\d+))?/gi)) {
      ids.push(from)
      if (to !== undefined && /^\d+$/.test(from))
        for (let id = Number(from) + 1; id <= Math.min(Number(to), Number(from) + 200); id++) ids.push(String(id))
    }
  }
  return [...new Set(ids)]
}
