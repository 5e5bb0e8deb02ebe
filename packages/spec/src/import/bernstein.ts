import { addAll, type Draft, draftPhase } from './draft.ts'
import { tidyFile } from './files-named.ts'
import { type Format, NotReadable } from './foreign-plan.ts'
import { collectLost, type LostList } from './lost.ts'
import { asLine, asMarkdown } from './plain-text.ts'
import { readYamlValue, textsOf, type YamlValue } from './yaml-value.ts'

const STEP = ['title', 'goal', 'name', 'description', 'files', 'completion_signals', 'status']
const STAGE = ['name', 'description', 'depends_on', 'steps']
const PLAN = ['name', 'description', 'constraints', 'stages', 'context_files']

/** bernstein's `plan.yaml`: a phase per stage, a task per step, criteria and test commands from completion signals. */
export const bernstein: Format = {
  id: 'bernstein',
  neighbours: [],
  recognise(text, name) {
    if (!/^stages:[ \t]*$/m.test(text) || !/^[ \t]+(?:- )?steps:[ \t]*$/m.test(text)) return 0
    if (!/^[ \t]+(?:- )?(?:goal|title):/m.test(text)) return 0
    return /\.ya?ml$/i.test(name) || /^[ \t]+(?:- )?(?:role|completion_signals):/m.test(text) ? 0.95 : 0.6
  },
  read(source) {
    const root = readYamlValue(source.text.replace(/\r\n?/g, '\n'), 1, 'this is not YAML')
    const lost = collectLost()
    const stages = root.get('stages')?.items ?? []
    if (stages.length === 0) throw new NotReadable('the plan has no stages', 1, 'see whether this is the right file')
    const ids = new Map(stages.map((stage, index) => [stage.get('name')?.text ?? '', String(index + 1)]))
    const phases = stages.map((stage, index) => stageOf(stage, String(index + 1), ids, lost))
    for (const key of root.keys)
      if (!PLAN.includes(key))
        lost.add(
          root.keyLine(key),
          key,
          key === 'max_agents' ? 'left out; the setting "concurrency" says it' : 'left out; see the settings of a spec',
        )
    const constraints = textsOf(root.get('constraints'))
    const files = textsOf(root.get('context_files'))
    const description = root.get('description')?.text ?? ''
    return {
      format: 'bernstein',
      title: asLine(root.get('name')?.text ?? ''),
      context: [
        ...(description.trim() === '' ? [] : [asMarkdown(description)]),
        ...(constraints.length === 0
          ? []
          : ['## Constraints', constraints.map((one) => `- ${asLine(one)}`).join('\n')]),
        ...(files.length === 0 ? [] : ['## Context files', files.map((one) => `- \`${one}\``).join('\n')]),
      ],
      phases,
      lost: lost.list(),
    }
  },
}

function stageOf(stage: YamlValue, id: string, ids: ReadonlyMap<string, string>, lost: LostList): Draft {
  const draft = draftPhase(id, asLine(stage.get('name')?.text ?? ''), stage.line)
  if (stage.get('depends_on') !== undefined) {
    draft.dependsOn = textsOf(stage.get('depends_on')).flatMap((name) => {
      const parent = ids.get(name)
      if (parent === undefined) lost.add(stage.keyLine('depends_on'), `depends_on "${name}"`, 'no stage has that name')
      return parent ?? []
    })
  }
  const description = stage.get('description')?.text ?? ''
  if (description.trim() !== '') draft.text.push(asMarkdown(description))
  for (const step of stage.get('steps')?.items ?? []) readStep(draft, step, lost)
  for (const key of stage.keys) if (!STAGE.includes(key)) lost.add(stage.keyLine(key), key, 'left out')
  return draft
}

function readStep(draft: Draft, step: YamlValue, lost: LostList): void {
  const title = step.get('title')?.text ?? step.get('goal')?.text ?? step.get('name')?.text ?? step.text ?? ''
  const description = step.get('description')?.text ?? ''
  draft.tasks.push({
    text: asLine(title),
    below: asMarkdown(description),
    done: /^(?:done|completed)$/.test(step.get('status')?.text ?? ''),
    line: step.line,
  })
  for (const file of step.get('files')?.items ?? []) {
    const path = tidyFile(file.text ?? '')
    if (path === undefined)
      lost.add(file.line, `the path "${file.text ?? ''}"`, 'it names no file inside the workspace')
    else addAll(draft.files, [path])
  }
  for (const signal of step.get('completion_signals')?.items ?? []) readSignal(draft, signal, lost)
  for (const key of step.keys)
    if (!STEP.includes(key)) lost.add(step.keyLine(key), key, 'left out: agents are set by role in the front matter')
}

function readSignal(draft: Draft, signal: YamlValue, lost: LostList): void {
  const type = signal.get('type')?.text ?? ''
  const own = signal.get('value')?.text
  const path = signal.get('path')?.text ?? own
  const command = signal.get('command')?.text ?? own
  const contains = signal.get('contains')?.text ?? signal.get('pattern')?.text
  const quotable = (text: string | undefined): text is string =>
    text !== undefined && text !== '' && !/[`\n]/.test(text)
  if ((type === 'path_exists' || type === 'glob_exists') && quotable(path))
    addAll(draft.criteria, [`\`${path}\` exists`])
  else if (type === 'test_passes' && quotable(command)) addAll(draft.testCommands, [command])
  else if (type === 'file_contains' && quotable(path) && quotable(contains))
    addAll(draft.criteria, [`\`${path}\` contains \`${contains}\``])
  else if (/^llm_(?:review|judge)$/.test(type) && own !== undefined) addAll(draft.criteria, [asLine(own)])
  else lost.add(signal.line, `completion signal ${type}`, 'no criterion says it; write one by hand')
}
