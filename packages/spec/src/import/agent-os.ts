import { checkIn, runsIn } from './commands-named.ts'
import { type Piece, partsOf, readDocument } from './document.ts'
import { addAll, contextOf, type Draft, draftPhase, loseSurroundings, readBody, titleBehind } from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { itemsIn, wholeItem } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'
import { groupNumbered, type Numbered, readTasks } from './numbered.ts'

const GROUP = /^\W*task group\s+(\d+(?:\.\d+)*)\s*[:.–—-]\s*/i
const DEPENDS =
  /\s*\(\s*(?:depends? on|dependencies|dependency|prerequisites?|requires|blocked by|after)\s*:?\s*([^()]*(?:\([^()]*\)[^()]*)*)\)/i

/** agent-os' `tasks.md`: numbered tasks with numbered sub-tasks, or "Task Group" headings with such a list each. */
export const agentOs: Format = {
  id: 'agent-os',
  neighbours: [],
  recognise(text) {
    if (/^#{2,5} Task Group \d+/m.test(text) && /^[ \t]*[-*] \[[ xX]\] \d+\.\d+\b/m.test(text)) return 0.95
    const nested = /^[-*] \[[ xX]\] (?:\*\*)?\d+\.(?:\*\*)? .*\n(?:[ \t]*\n)*[ \t]+[-*] \[[ xX]\] \d+\.\d+ /m.test(text)
    if (!nested) return 0
    return /^# Spec Tasks\b/m.test(text) || /^> (?:Created|Spec):/m.test(text) ? 0.96 : 0.6
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(document.pieces, ({ words }) => GROUP.test(words))
    const outside: Piece[] = []
    const phases: Draft[] = []
    for (const piece of rest) {
      if (piece.kind === 'quote' && loseHead(piece, lost)) continue
      if (piece.kind !== 'list' || parts.length > 0) {
        outside.push(piece)
        continue
      }
      const { groups, others } = groupNumbered(piece.items)
      for (const one of groups) phases.push(fromItem(one, lost))
      if (groups.length === 0) outside.push(piece)
      else
        for (const item of others)
          lost.add(item.line, `"${item.text.slice(0, 60)}"`, 'no number says which phase it belongs to; left out')
    }
    for (const { heading, body } of parts) {
      const draft = draftPhase(heading.words.match(GROUP)?.[1] ?? '', titleBehind(heading, GROUP), heading.line)
      phases.push(draft)
      readGroup(draft, body, lost)
    }
    return {
      format: 'agent-os',
      title: document.title,
      context: contextOf(outside, document, lost),
      phases,
      lost: lost.list(),
    }
  },
}

/** `> Created: …` and `> Status: …` say when the file was written, and no more. */
function loseHead(piece: Piece, lost: LostList): boolean {
  const lines = piece.raw.split('\n').map((line) => line.replace(/^>\s?/, '').trim())
  if (!lines.every((line) => line === '' || /^\**(?:Created|Status|Spec|Version|Updated|Date)\b[^:]*:/i.test(line)))
    return false
  lines.forEach((line, index) => {
    const label = line.match(/^\**([A-Za-z]+)/)?.[1]
    if (label !== undefined) lost.add(piece.line + index, label, 'left out: it is about the file')
  })
  return true
}

function fromItem(numbered: Numbered, lost: LostList): Draft {
  const { title, item } = numbered
  const depends = title.match(DEPENDS)
  const plain = title
    .replace(DEPENDS, '')
    .trim()
    .replace(/^\*\*(.+)\*\*$/, '$1')
  const draft = draftPhase(numbered.number, plain, item.line)
  if (depends !== null) draft.dependsOn = idsIn(depends[1] ?? '')
  addTasks(draft, { ...numbered, title: plain }, lost)
  return draft
}

function addTasks(draft: Draft, numbered: Numbered, lost: LostList): void {
  readTasks(draft, numbered, (task) => {
    const command = checkIn(task.text)
    if (command !== undefined) addAll(draft.testCommands, [command])
    addAll(draft.testCommands, runsIn(task.text, task.pieces, lost))
  })
}

function readGroup(draft: Draft, body: readonly Piece[], lost: LostList): void {
  const boxes = body
    .flatMap((piece) => (piece.kind === 'list' ? piece.items : []))
    .filter(({ checked }) => checked !== undefined)
  const { groups } = groupNumbered(boxes)
  for (const one of groups) {
    addTasks(draft, one, lost)
    // `1.0 Complete the layer` says what the sub-tasks come to.
    if (one.children.length > 0) draft.text.push(one.title)
  }
  readBody(draft, body, {
    label({ label, value, owns }) {
      if (/^(?:dependencies|depends on|dependency|prerequisites)$/.test(label)) draft.dependsOn = idsIn(value)
      else if (/^(?:acceptance|success) criteria$/.test(label)) {
        addAll(draft.criteria, itemsIn(owns).map(wholeItem))
        if (value !== '') addAll(draft.criteria, [value])
      } else return false
      return true
    },
    task(item) {
      if (groups.every((one) => one.item !== item && !one.children.includes(item)))
        draft.tasks.push({ text: item.text, below: item.below, done: item.checked === true, line: item.line })
    },
  })
}

/** `Task 1 - the schema`, `Task Groups 1-3`, `None`: the numbers behind the word, or alone. */
function idsIn(said: string): readonly string[] {
  if (/^\W*(?:none|nothing|n\/?a|no\b|independent)/i.test(said)) return []
  const plain = said.replace(/\s[-–—]\s+(?=[^\d\s]).*?(?=,|;|\band\b|$)/gi, ' ').replace(/\([^()]*\)/g, ' ')
  const ids: string[] = []
  for (const [, from = '', to] of plain.matchAll(
    /(?<![\w.])(\d+(?:\.\d+)*)(?:\s*(?:-|–|through|to)\s*(\d+))?(?![\w])/g,
  )) {
    const first = from.replace(/\..*$/, '')
    const last = to === undefined ? Number(first) : Number(to)
    for (let id = Number(first); id <= Math.min(last, Number(first) + 200); id++) ids.push(String(id))
  }
  return [...new Set(ids)]
}
