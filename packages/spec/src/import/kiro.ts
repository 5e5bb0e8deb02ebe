import { checkIn, runsIn } from './commands-named.ts'
import { type Piece, readDocument } from './document.ts'
import { addAll, contextOf, type Draft, draftPhase, isCheckList, loseSurroundings } from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { collectLost, type LostList } from './lost.ts'
import { groupNumbered, isReference, itemsOf, type Numbered, readTasks } from './numbered.ts'

/** Kiro's `tasks.md`: a numbered check list, in which `2.1` belongs to `2` whether it is indented or not. */
export const kiro: Format = {
  id: 'kiro',
  neighbours: [],
  recognise(text) {
    const numbered = /^[-*] \[[ xX~-]\]\*? \d+\.?\s/m.test(text)
    if (!numbered) return 0
    if (/^[ \t]*- _(?:Requirements?|Leverage|Depends|Prompt)\b.*_[ \t]*$/m.test(text)) return 0.95
    if (/^[ \t]*- \*\*(?:Validates|Property)\b/m.test(text) || /^[-*] \[[ xX]\]\*/m.test(text)) return 0.9
    return /^#{1,2} (?:Implementation (?:Plan|Tasks)|Tasks)\b/m.test(text) ? 0.7 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const phases: Draft[] = []
    const context: Piece[] = []
    let above: Piece[] = []
    let open: Numbered[] = []
    const flush = (): void => {
      for (const one of open) phases.push(phaseOf(one, lost))
      open = []
    }
    for (const piece of document.pieces) {
      if (!isCheckList(piece) || piece.kind !== 'list') {
        above.push(piece)
        continue
      }
      const last = open.at(-1)
      const { groups, others } = groupNumbered(piece.items)
      const [first, ...rest] = groups
      // A list that was interrupted by text: `2.1` still belongs to the `2` above.
      if (last !== undefined && first?.number.startsWith(`${last.number}.`)) {
        const own = groups.filter(({ number }) => number.startsWith(`${last.number}.`))
        last.children.push(...own.map(({ item }) => item))
        const more = [first, ...rest].filter((one) => !own.includes(one))
        if (more.length > 0) flush()
        open.push(...more)
      } else {
        flush()
        open.push(...groups)
      }
      for (const item of others)
        lost.add(item.line, `"${item.text.slice(0, 60)}"`, 'no number says which phase it belongs to; left out')
      context.push(...above)
      above = []
    }
    flush()
    context.push(...above)
    return {
      format: 'kiro',
      title: document.title,
      context: contextOf(context, document, lost),
      phases,
      lost: lost.list(),
    }
  },
}

function phaseOf(numbered: Numbered, lost: LostList): Draft {
  const { item, children, number, title } = numbered
  const draft = draftPhase(number, title, item.line)
  const all = [item, ...children]
  readTasks(draft, numbered, (task) => {
    const command = checkIn(task.text)
    if (command !== undefined) addAll(draft.testCommands, [command])
    addAll(draft.testCommands, runsIn(task.text, task.pieces, lost))
  })
  for (const one of all) {
    if (one.starred) lost.add(one.line, 'optional mark', 'every phase and task is to be done; take out what is not')
    for (const nested of itemsOf(one.pieces)) {
      if (isReference(nested)) lost.add(nested.line, '_Requirements_ references', 'kept as text; nothing looks them up')
    }
  }
  return draft
}
