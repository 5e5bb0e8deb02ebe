import { checkIn } from './commands-named.ts'
import { type Piece, partsOf, readDocument } from './document.ts'
import {
  addAll,
  besideContext,
  contextOf,
  type Draft,
  draftPhase,
  loseSurroundings,
  pushTask,
  readBody,
  titleBehind,
} from './draft.ts'
import type { Format } from './foreign-plan.ts'
import { itemsIn, rawOf, wholeItem } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'

const PACKAGE = /^\W*(?:work package\s+)?(WP\d+)\s*[:.—–-]\s*/i
const NEIGHBOURS = ['plan.md', 'spec.md']

/** spec-kitty's `tasks.md`: a phase per work package, with its subtasks, dependencies and risks under sub-headings. */
export const specKitty: Format = {
  id: 'spec-kitty',
  neighbours: NEIGHBOURS,
  recognise(text) {
    if (!/^#{2,4} (?:Work Package )?WP\d+\s*[:.—–-]/m.test(text)) return 0
    return /^[ \t]*[-*] \[[ xX]\] T\d{3}/m.test(text) || /^# Work Packages\b/m.test(text) ? 0.97 : 0.6
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(document.pieces, ({ words }) => PACKAGE.test(words))
    const phases = parts.map(({ heading, body }) => {
      const draft = draftPhase(heading.words.match(PACKAGE)?.[1] ?? '', titleBehind(heading, PACKAGE), heading.line)
      readPackage(draft, body, lost)
      return draft
    })
    return {
      format: 'spec-kitty',
      title: document.title,
      context: [...contextOf(rest, document, lost), ...besideContext(source, NEIGHBOURS)],
      phases,
      lost: lost.list(),
    }
  },
}

function readPackage(draft: Draft, body: readonly Piece[], lost: LostList): void {
  readBody(draft, body, {
    section(words, pieces) {
      if (/^dependencies\b/i.test(words)) {
        draft.dependsOn = packagesIn(rawOf(pieces))
        return true
      }
      if (/^(?:acceptance|success) criteria\b|^definition of done\b/i.test(words)) {
        addAll(draft.criteria, itemsIn(pieces).map(wholeItem))
        return itemsIn(pieces).length > 0
      }
      if (/^risks?\b/i.test(words)) {
        addAll(draft.gotchas, itemsIn(pieces).map(wholeItem))
        return itemsIn(pieces).length > 0
      }
      return false
    },
    label({ label, value, owns, raw }) {
      if (label === 'dependencies' || label === 'depends on') {
        draft.dependsOn = packagesIn(`${value}\n${rawOf(owns)}`)
        return true
      }
      if (label !== 'independent test') return false
      const items = itemsIn(owns)
      if (items.length > 0 && value !== '') draft.text.push(raw)
      addAll(draft.criteria, items.length > 0 ? items.map(wholeItem) : [value.replace(/\n/g, ' ')])
      return true
    },
    task(item, group) {
      pushTask(draft, item, group)
      const command = checkIn(item.text.replace(/^T\d+\s+(?:\[P\]\s*)?/, ''))
      if (command !== undefined) addAll(draft.testCommands, [command])
      if (/\[P\]/.test(item.text))
        lost.add(item.line, '[P] marks', "nothing orders the tasks of one phase; kept in the task's text")
    },
  })
}

/** The work packages that a text names; nothing is named by "None". */
export function packagesIn(said: string): readonly string[] {
  const plain = said.replace(/\bblocks\b.*$/gim, ' ')
  const ids: string[] = []
  for (const [, from = '', to] of plain.matchAll(/\b(WP\d+)(?:\s*(?:-|–|to|through)\s*(WP\d+))?/g)) {
    ids.push(from)
    if (to === undefined) continue
    const width = from.length - 2
    for (
      let number = Number(from.slice(2)) + 1;
      number <= Math.min(Number(to.slice(2)), Number(from.slice(2)) + 200);
      number++
    )
      ids.push(`WP${String(number).padStart(width, '0')}`)
  }
  return [...new Set(ids)]
}
