import { runsIn } from './commands-named.ts'
import { lastLine, type Piece, partsOf, readDocument } from './document.ts'
import { addAll, draftPhase, titleBehind } from './draft.ts'
import { tidyFile } from './files-named.ts'
import type { Format } from './foreign-plan.ts'
import { itemsIn, rawOf, segmentsOf, wholeItem } from './labels.ts'
import { collectLost } from './lost.ts'
import { asLine } from './plain-text.ts'
import { packagesIn } from './spec-kitty.ts'
import { readYamlValue, textsOf } from './yaml-value.ts'

const SUBTASK = /^\W*(?:subtask\s+)?(T\d+)\s*[:.—–-]\s*/i
const READ = ['work_package_id', 'title', 'dependencies', 'owned_files', 'subtasks', 'lane', 'wp_code']

/** The prompt file of one spec-kitty work package: one phase, its fields in the front matter, its subtasks under headings. */
export const specKittyPackage: Format = {
  id: 'spec-kitty-package',
  neighbours: [],
  recognise(text) {
    return /^work_package_id:/m.test(text.match(/^---\n([\s\S]*?)\n---/)?.[1] ?? '') ? 0.98 : 0
  },
  read(source) {
    const document = readDocument(source.text)
    const lost = collectLost()
    const settings = readYamlValue(document.front ?? '', 2, 'the front matter is not YAML')
    const id = settings.get('work_package_id')?.text ?? 'WP01'
    const heading = document.title.replace(/^Work Package Prompt:\s*/i, '').replace(/^WP\d+\s*[:.—–-]\s*/i, '')
    const draft = draftPhase(id, asLine(settings.get('title')?.text ?? heading), 1)
    draft.dependsOn = []
    for (const parent of packagesIn(textsOf(settings.get('dependencies')).join(' ')))
      lost.add(
        settings.keyLine('dependencies'),
        `dependency on ${parent}`,
        'it is a work package in another file; import the tasks.md that lists them all',
      )
    for (const file of settings.get('owned_files')?.items ?? []) {
      const path = tidyFile(file.text ?? '')
      if (path === undefined)
        lost.add(
          file.line,
          `owned_files: ${file.text ?? ''}`,
          'Files names files that have to exist; give it to a module: Modules: name (glob)',
        )
      else addAll(draft.files, [path])
    }
    for (const key of settings.keys)
      if (!READ.includes(key)) lost.add(settings.keyLine(key), `front matter ${key}`, 'left out')
    draft.done = settings.get('lane')?.text === 'done' || /\blane=done\b/.test(rawOf(document.pieces.slice(-3)))
    const { parts, rest } = partsOf(document.pieces, ({ words, depth }) => depth >= 3 && SUBTASK.test(words))
    for (const { heading: title, body } of parts) {
      const number = title.words.match(SUBTASK)?.[1] ?? ''
      draft.tasks.push({
        text: `${number} ${titleBehind(title, SUBTASK)}`,
        below: rawOf(body),
        done: draft.done,
        line: title.line,
      })
      addAll(draft.testCommands, runsIn(title.words, body, lost))
    }
    readSections(draft, rest)
    return { format: 'spec-kitty-package', title: document.title, context: [], phases: [draft], lost: lost.list() }

    function readSections(phase: typeof draft, pieces: readonly Piece[]): void {
      const { parts: sections, rest: before } = partsOf(pieces, ({ depth }) => depth === 2)
      phase.text.push(...before.map(({ raw }) => raw))
      for (const { heading: name, body } of sections) {
        if (/^definition of done\b/i.test(name.words)) addAll(phase.criteria, itemsIn(body).map(wholeItem))
        else if (/^risks?\b/i.test(name.words) && itemsIn(body).length > 0)
          addAll(phase.gotchas, itemsIn(body).map(wholeItem))
        else if (/^(?:activity log|review guidance)\b/i.test(name.words))
          lost.addLines(
            name.line,
            lastLine([name, ...body]),
            `"${name.words}"`,
            'left out: it is about the work, not about what to build',
          )
        else if (body.length > 0) {
          phase.text.push(`**${name.words}**`)
          for (const segment of segmentsOf(body)) {
            if (
              segment.kind === 'labelled' &&
              /^(?:success|acceptance) criteria$/.test(segment.label) &&
              segment.owns.length > 0
            )
              addAll(phase.criteria, itemsIn(segment.owns).map(wholeItem))
            else if (segment.kind === 'labelled') phase.text.push(segment.raw, ...segment.owns.map(({ raw }) => raw))
            else phase.text.push(segment.piece.kind === 'heading' ? `**${segment.piece.words}**` : segment.piece.raw)
          }
        }
      }
    }
  },
}
