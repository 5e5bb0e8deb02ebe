import { lastLine, type Piece, partsOf, readDocument } from './document.ts'
import { addAll, contextOf, draftPhase, isCheckList, loseSurroundings, pushTask } from './draft.ts'
import { tidyFile } from './files-named.ts'
import type { Format } from './foreign-plan.ts'
import { collectLost } from './lost.ts'
import { criteriaIn } from './scenarios.ts'

const STORY = /^\W*story\s+(\d+(?:\.\d+)*[a-z]?)\s*[:.—–-]?\s*/i
const RECORD =
  /^(?:dev agent record|change log|qa results|agent model used|debug log references|completion notes.*|status|senior developer review.*|review follow-ups.*)$/i

/** A single BMAD story: one phase with its tasks, criteria and notes. */
export const bmadStory: Format = {
  id: 'bmad-story',
  neighbours: [],
  recognise(text) {
    if (!/^# Story \d+(?:\.\d+)*/m.test(text) || !/^## Acceptance Criteria\b/m.test(text)) return 0
    return /^## Tasks\b/m.test(text) ? 0.98 : 0.8
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const number = document.title.match(STORY)?.[1] ?? '1'
    const draft = draftPhase(number, document.title.replace(STORY, ''), 1)
    draft.dependsOn = []
    const context: Piece[] = []
    const { parts, rest } = partsOf(document.pieces, ({ depth }) => depth === 2)
    for (const piece of rest) {
      const status = piece.kind === 'text' ? piece.raw.match(/^\**Status:?\**:?\s*(.*)$/i)?.[1] : undefined
      if (status === undefined) draft.text.push(piece.raw)
      else if (/^\W*(?:done|completed?|✅)/i.test(status)) draft.done = true
      else lost.add(piece.line, `Status: ${status}`, 'left out: a phase is done or not')
    }
    for (const { heading, body } of parts) {
      if (/^acceptance criteria\b/i.test(heading.words)) {
        const { criteria, text } = criteriaIn(body)
        addAll(draft.criteria, criteria)
        draft.text.push(...text)
      } else if (/^tasks\b/i.test(heading.words)) {
        for (const piece of body) {
          if (piece.kind !== 'list') draft.text.push(piece.kind === 'heading' ? `**${piece.words}**` : piece.raw)
          else if (isCheckList(piece)) for (const item of piece.items) pushTask(draft, item, undefined)
          else draft.text.push(piece.raw)
        }
      } else if (/^(?:dev notes|dev technical guidance)\b/i.test(heading.words)) context.push(heading, ...body)
      else if (RECORD.test(heading.words)) {
        lost.addLines(
          heading.line,
          lastLine([heading, ...body]),
          `"${heading.words}"`,
          'left out: it records what was done, not what is to be done',
        )
        for (const piece of fileList(body)) for (const path of piece) addAll(draft.files, [path])
      } else draft.text.push(...body.map((piece) => (piece.kind === 'heading' ? `**${piece.words}**` : piece.raw)))
    }
    return {
      format: 'bmad-story',
      title: document.title,
      context: contextOf(context, document, lost),
      phases: [draft],
      lost: lost.list(),
    }
  },
}

/** The paths under "File List". */
function fileList(body: readonly Piece[]): readonly (readonly string[])[] {
  let inside = false
  return body.map((piece) => {
    if (piece.kind === 'heading') inside = /^file list$/i.test(piece.words)
    if (!inside || piece.kind !== 'list') return []
    return piece.items.flatMap(({ text }) =>
      /\b(?:deleted|removed)\b/i.test(text)
        ? []
        : (tidyFile(text.match(/`([^`]+)`/)?.[1] ?? text.split(/\s/)[0] ?? '') ?? []),
    )
  })
}
