import { runsIn } from './commands-named.ts'
import { type Item, type Piece, partsOf, readDocument } from './document.ts'
import {
  addAll,
  contextOf,
  type Draft,
  draftPhase,
  isCheckList,
  loseSurroundings,
  sectionsOf,
  titleBehind,
} from './draft.ts'
import { tidyFile } from './files-named.ts'
import type { Format } from './foreign-plan.ts'
import { rawOf, segmentsOf } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'

const TASK = /^\W*task\s+(\d+(?:\.\d+)*[a-z]?)\s*[:.–—-]\s*/i

/** A superpowers plan: a phase per `### Task N`, its steps as check items, each followed by the blocks that belong to it. */
export const superpowers: Format = {
  id: 'superpowers',
  neighbours: [],
  recognise(text) {
    if (!/^#{2,4} Task \d+\w*\s*[:.–—-]/m.test(text)) return 0
    if (/superpowers:/.test(text) || /^> \*\*For (?:agentic workers|Claude):\*\*/m.test(text)) return 0.97
    return /^(?:[-*] \[[ xX]\] )?\*\*Step \d+/m.test(text) && /^\*\*Files:?\*\*/m.test(text) ? 0.9 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(document.pieces, ({ words }) => TASK.test(words))
    const outside = rest.filter((piece) => {
      const isNote = piece.kind === 'quote' && /\*\*For (?:agentic workers|claude|agents)/i.test(piece.raw)
      if (isNote) lost.add(piece.line, 'the note to agents', 'left out: it is about the tool that wrote the plan')
      return !isNote
    })
    const phases = parts.map(({ heading, body }) => {
      const draft = draftPhase(heading.words.match(TASK)?.[1] ?? '', titleBehind(heading, TASK), heading.line)
      readTask(draft, body, lost)
      return draft
    })
    return {
      format: 'superpowers',
      title: document.title,
      context: contextOf(outside, document, lost),
      phases,
      lost: lost.list(),
    }
  },
}

/** A step: a check item, or a paragraph in bold, and all blocks until the next. */
interface Step {
  readonly head: Item
  readonly blocks: Piece[]
}

function readTask(draft: Draft, body: readonly Piece[], lost: LostList): void {
  const steps: Step[] = []
  const before: Piece[] = []
  const pieces = sectionsOf(body).flatMap((section): readonly Piece[] =>
    section.heading === undefined ? section.pieces : [section.heading, ...section.pieces],
  )
  for (const piece of pieces) {
    const last = steps.at(-1)
    const bold = piece.kind === 'text' ? piece.raw.match(/^\*\*(Step \d+[^*]*)\*\*\s*$/) : null
    if (piece.kind === 'list' && isCheckList(piece)) {
      for (const item of piece.items) steps.push({ head: item, blocks: [...item.pieces] })
    } else if (bold !== null || (piece.kind === 'heading' && /^step \d+/i.test(piece.words))) {
      const text = bold === null && piece.kind === 'heading' ? piece.words : `**${bold?.[1] ?? ''}**`
      steps.push({
        head: { text, checked: false, starred: false, pieces: [], below: '', line: piece.line },
        blocks: [],
      })
    } else if (last === undefined) before.push(piece)
    else last.blocks.push(piece)
  }
  for (const segment of segmentsOf(before)) {
    if (segment.kind === 'labelled' && segment.label === 'files') readFiles(draft, segment, lost)
    else if (segment.kind === 'labelled' && /^(?:depends on|dependencies)$/.test(segment.label))
      draft.dependsOn = idsIn(segment.value)
    else if (segment.kind === 'labelled') draft.text.push(segment.raw, ...segment.owns.map(({ raw }) => raw))
    else draft.text.push(segment.piece.kind === 'heading' ? `**${segment.piece.words}**` : segment.piece.raw)
  }
  for (const { head, blocks } of steps) {
    draft.tasks.push({ text: head.text, below: rawOf(blocks), done: head.checked === true, line: head.line })
    addAll(draft.testCommands, runsIn(head.text, blocks, lost))
  }
}

function readFiles(
  draft: Draft,
  { value, owns, line }: { readonly value: string; readonly owns: readonly Piece[]; readonly line: number },
  lost: LostList,
): void {
  const items = owns.flatMap((piece) =>
    piece.kind === 'list' ? piece.items.map(({ text, line: at }) => ({ text, line: at })) : [],
  )
  for (const one of value === '' ? items : [{ text: value, line }, ...items]) {
    const words = [...one.text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
    const paths = words.length > 0 ? words : one.text.replace(/^\w+:\s*/, '').split(/[\s,]+/)
    if (/^\W*(?:delete|remove)\b/i.test(one.text)) {
      lost.add(one.line, `"${one.text}"`, 'Files names what has to exist in the end; say it in a task')
      continue
    }
    const found = paths.flatMap((path) => tidyFile(path) ?? [])
    if (found.length === 0) lost.add(one.line, `"${one.text}" under Files`, 'it names no path inside the workspace')
    if (words.some((word) => /:\d/.test(word))) lost.add(one.line, 'line numbers of files', 'Files names whole files')
    addAll(draft.files, found)
  }
}

function idsIn(said: string): readonly string[] {
  return /^\W*(?:none|nothing|n\/?a)/i.test(said)
    ? []
    : [...said.matchAll(/(?<![\w.])\d+(?:\.\d+)*[a-z]?(?!\w)/g)].map(([id]) => id)
}
