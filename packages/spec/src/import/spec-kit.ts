import { readPhaseHeading } from '../phase-heading.ts'
import { checkIn } from './commands-named.ts'
import { partsOf, readDocument } from './document.ts'
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
import { itemsIn, wholeItem } from './labels.ts'
import { collectLost, type LostList } from './lost.ts'
import { dependenciesIn } from './spec-kit-dependencies.ts'

const PHASE = /^\W*phase\s+[\w.]+\s*[:.—–-]\s*/i
const NEIGHBOURS = ['plan.md', 'spec.md']

/** spec-kit's `tasks.md`: a phase per heading, tasks `- [ ] T001 [P] [US1] …`, dependencies in a section of their own. */
export const specKit: Format = {
  id: 'spec-kit',
  neighbours: NEIGHBOURS,
  recognise(text) {
    const tasks = /^[ \t]*[-*] \[[ xX]\] T\d{3,}\b/m.test(text)
    const phases = /^#{2,3} Phase \w+[:.]/m.test(text)
    if (!tasks || !phases || /^#{1,4} (?:Work Package )?WP\d+/m.test(text)) return 0
    return /^\*\*Input\*\*:|^## Format: `\[ID\]/m.test(text) ? 1 : 0.9
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    loseSurroundings(document, lost)
    const { parts, rest } = partsOf(
      document.pieces,
      ({ words, depth }) => depth <= 3 && readPhaseHeading(words)?.form === 'phase',
    )
    const phases = parts.map(({ heading, body }) => {
      const read = readPhaseHeading(heading.words)
      const id = read !== undefined && read.form !== 'range' ? read.id : ''
      const draft = draftPhase(id, titleBehind(heading, PHASE), heading.line)
      readBody(draft, body, rulesFor(draft, lost))
      return draft
    })
    const declared = dependenciesIn(rest, phases)
    for (const phase of phases) phase.dependsOn = declared.get(phase.id) ?? 'previous'
    return {
      format: 'spec-kit',
      title: document.title,
      context: [...contextOf(rest, document, lost), ...besideContext(source, NEIGHBOURS)],
      phases,
      lost: lost.list(),
    }
  },
}

function rulesFor(draft: Draft, lost: LostList): Parameters<typeof readBody>[2] {
  return {
    label({ label, value, owns, raw }) {
      if (label !== 'independent test' && label !== 'acceptance criteria') return false
      const items = itemsIn(owns)
      if (items.length > 0 && value !== '') draft.text.push(raw)
      if (items.length > 0) addAll(draft.criteria, items.map(wholeItem))
      else if (value !== '') addAll(draft.criteria, [value.replace(/\n/g, ' ')])
      return true
    },
    task(item, group) {
      pushTask(draft, item, group)
      const said = item.text.replace(/^T\d+\s+/, '').replace(/^(?:\[[^\]]+\]\s*)+/, '')
      const command = checkIn(said)
      if (command !== undefined) addAll(draft.testCommands, [command])
      if (/\[P\]/.test(item.text))
        lost.add(item.line, '[P] marks', "nothing orders the tasks of one phase; kept in the task's text")
      if (/\bdepends on T\d+/i.test(item.text))
        lost.add(item.line, 'task-level dependencies', "only phases depend on each other; kept in the task's text")
    },
  }
}
