import { checkIn, runsIn } from './commands-named.ts'
import { partsOf, readDocument } from './document.ts'
import {
  addAll,
  besideContext,
  contextOf,
  draftPhase,
  loseSurroundings,
  pushTask,
  readBody,
  titleBehind,
} from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { collectLost } from './lost.ts'

const NUMBER = /^\s*(\d+(?:\.\d+)*)[.)]\s+/
const NEIGHBOURS = ['proposal.md', 'design.md']

/** OpenSpec's `tasks.md`: numbered headings, each with a check list numbered below it. */
export const openspec: Format = {
  id: 'openspec',
  neighbours: NEIGHBOURS,
  recognise(text) {
    const headings = /^## \d+\.\s+\S/m.test(text)
    const tasks = /^[-*] \[[ xX]\] \d+\.\d+\s/m.test(text)
    return headings && tasks ? 0.9 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(document.pieces, ({ words, depth }) => depth <= 3 && NUMBER.test(words))
    const phases = parts.map(({ heading, body }) => {
      const draft = draftPhase(heading.words.match(NUMBER)?.[1] ?? '', titleBehind(heading, NUMBER), heading.line)
      readBody(draft, body, {
        task(item, group) {
          pushTask(draft, item, group)
          const command = checkIn(item.text)
          if (command !== undefined) addAll(draft.testCommands, [command])
          addAll(draft.testCommands, runsIn(item.text, item.pieces, lost))
        },
      })
      return draft
    })
    return {
      format: 'openspec',
      title: document.title,
      context: [...contextOf(rest, document, lost), ...besideContext(source, NEIGHBOURS)],
      phases,
      lost: lost.list(),
    }
  },
}
