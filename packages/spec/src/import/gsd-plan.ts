import { readSource } from '../source.ts'
import { commandAlone } from './commands-named.ts'
import { addAll, type Draft, draftPhase } from './draft.ts'
import { tidyFile } from './files-named.ts'
import { type Format, NotReadable } from './foreign-plan.ts'
import { collectLost, type LostList } from './lost.ts'
import { asLine, asMarkdown } from './plain-text.ts'
import { readYamlValue, textsOf, type YamlValue } from './yaml-value.ts'

const READ = ['phase', 'plan', 'depends_on', 'files_modified', 'must_haves']

/** GSD's `PLAN.md`: one plan of a phase, with its tasks in tags and what must hold in its front matter. */
export const gsdPlan: Format = {
  id: 'gsd-plan',
  neighbours: [],
  recognise(text, name) {
    const settings = text.match(/^---\n([\s\S]*?)\n---/)?.[1] ?? ''
    const front = /^phase:/m.test(settings) && /^plan:/m.test(settings)
    if (!/<task(?:\s[^>]*)?>/.test(text) || !/<(?:tasks|objective)>/.test(text)) return 0
    return front || /-PLAN\.md$/i.test(name) ? 0.98 : 0.6
  },
  read(source) {
    const { text } = readSource(source.text)
    const lost = collectLost()
    const front = text.match(/^---\n([\s\S]*?)\n---[ \t]*(?:\n|$)/)
    const settings = front === null ? undefined : readYamlValue(front[1] ?? '', 2, 'the front matter is not YAML')
    const objective = inside(text, 'objective')
    const draft = draftPhase(idOf(settings, source.name), titleOf(settings, objective?.text, source.name), 1)
    draft.dependsOn = []
    if (settings !== undefined) readFront(draft, settings, lost)
    if (objective !== undefined) draft.text.push(asMarkdown(objective.text))
    readTasks(draft, text, lost)
    readChecks(draft, text)
    for (const tag of ['execution_context', 'output', 'context', 'threat_model', 'interfaces']) {
      const part = inside(text, tag)
      if (part === undefined) continue
      if (tag === 'execution_context' || tag === 'output')
        lost.addLines(
          part.line,
          part.line + part.text.split('\n').length - 1,
          `<${tag}>`,
          'left out: it is about the tool that wrote the plan',
        )
      else draft.text.push(asMarkdown(part.text))
    }
    const title = text.match(/^# +(.+)$/m)?.[1] ?? ''
    return { format: 'gsd-plan', title, context: [], phases: [draft], lost: lost.list() }
  },
}

/** Phase `03-search` and plan `01` give `03.01`: an id holds no dash between numbers. */
function idOf(settings: YamlValue | undefined, name: string): string {
  const [, phase = '1', plan = '01'] = name.match(/^(\d+(?:\.\d+)?)-(\d+)/) ?? []
  const number = settings?.get('phase')?.text?.match(/^\d+(?:\.\d+)?/)?.[0] ?? phase
  const own = settings?.get('plan')?.text?.match(/(\d+)$/)?.[1] ?? plan
  return `${number}.${own}`
}

/** The objective's first sentence; without one, the phase's name. */
function titleOf(settings: YamlValue | undefined, objective: string | undefined, name: string): string {
  const sentence = objective
    ?.trim()
    .split(/\n\s*\n|\n(?=Purpose:|Output:)|(?<=[.!?])\s/)[0]
    ?.replace(/[.!?]$/, '')
  if (sentence !== undefined && sentence !== '') return asLine(sentence)
  return settings?.get('phase')?.text?.replace(/^[\d.]+-/, '') ?? name.replace(/\.md$/i, '')
}

function readFront(draft: Draft, settings: YamlValue, lost: LostList): void {
  for (const path of settings.get('files_modified')?.items ?? []) addFile(draft, path.text ?? '', path.line, lost)
  for (const one of textsOf(settings.get('depends_on')))
    lost.add(
      settings.keyLine('depends_on'),
      `depends_on ${one}`,
      'it is a plan in another file; name it under Depends On once it is a phase of the same spec',
    )
  const must = settings.get('must_haves')
  for (const truth of textsOf(must?.get('truths'))) draft.criteria.push(asLine(truth))
  for (const artifact of must?.get('artifacts')?.items ?? []) {
    const path = artifact.text ?? artifact.get('path')?.text ?? ''
    addFile(draft, path, artifact.line, lost)
    const contains = artifact.get('contains')?.text
    if (contains !== undefined && !/[`\n]/.test(contains)) draft.criteria.push(`\`${path}\` contains \`${contains}\``)
    const provides = artifact.get('provides')?.text
    if (provides !== undefined) draft.text.push(`\`${path}\`: ${asLine(provides)}`)
    for (const key of artifact.keys)
      if (!['path', 'contains', 'provides'].includes(key))
        lost.add(artifact.keyLine(key), `artifacts: ${key}`, 'left out; write a criterion for it')
  }
  for (const link of must?.get('key_links')?.items ?? []) {
    const [from, to, via] = ['from', 'to', 'via'].map((key) => link.get(key)?.text)
    draft.text.push(`\`${from ?? ''}\` leads to \`${to ?? ''}\`${via === undefined ? '' : `: ${asLine(via)}`}`)
    if (link.get('pattern') !== undefined)
      lost.add(link.keyLine('pattern'), 'key_links: pattern', 'left out; write a criterion for it')
  }
  for (const key of settings.keys)
    if (!READ.includes(key)) lost.add(settings.keyLine(key), `front matter ${key}`, 'left out')
}

function addFile(draft: Draft, said: string, line: number, lost: LostList): void {
  const path = tidyFile(said)
  if (path !== undefined) addAll(draft.files, [path])
  else if (said !== '') lost.add(line, `the path "${said}"`, 'it names no file inside the workspace')
}

function readTasks(draft: Draft, text: string, lost: LostList): void {
  const list = text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '))
  for (const match of list.matchAll(/<task(\s[^>]*)?>([\s\S]*?)<\/task>/g)) {
    const [, attributes = '', body = ''] = match
    const line = lineAt(list, match.index)
    const name = inside(body, 'name')?.text ?? inside(body, 'what-built')?.text ?? inside(body, 'decision')?.text ?? ''
    if (name.trim() === '')
      throw new NotReadable('a <task> has no <name>', line, 'give it one, then import the file again')
    const below = [
      'action',
      'behavior',
      'context',
      'options',
      'how-to-verify',
      'verify',
      'done',
      'acceptance_criteria',
    ].flatMap((tag) => {
      const part = inside(body, tag)
      return part === undefined
        ? []
        : [`${tag === 'action' ? '' : `${tag}: `}${asMarkdown(part.text.replace(/<\/?[a-z_-]+(?:\s[^>]*)?>/g, ' '))}`]
    })
    draft.tasks.push({ text: asLine(name), below: below.join('\n\n'), done: false, line })
    for (const path of (inside(body, 'files')?.text ?? '').split(/[,\n]/))
      addFile(draft, path.replace(/\([^()]*\)/g, '').trim(), line, lost)
    const verify = inside(body, 'verify')
    const automated = verify === undefined ? undefined : (inside(verify.text, 'automated')?.text ?? verify.text)
    const command = automated === undefined ? undefined : commandIn(automated)
    if (command !== undefined) addAll(draft.testCommands, [command])
    const done = inside(body, 'done')
    if (done !== undefined && done.text.trim() !== '') addAll(draft.criteria, [asLine(done.text)])
    if (/checkpoint/.test(attributes))
      lost.add(
        line,
        'a checkpoint that waits for a person',
        'kept as a task; write "Approval: required" to have the phase wait',
      )
  }
}

/** `tsc --noEmit passes` and `npm test` are commands; what says more is not. */
function commandIn(said: string): string | undefined {
  const text = said.trim()
  return commandAlone(text.replace(/\s+(?:passes|succeeds|exits 0|is green)\.?$/i, ''))
}

function readChecks(draft: Draft, text: string): void {
  for (const tag of ['verification', 'success_criteria']) {
    const part = inside(text, tag)
    if (part === undefined) continue
    for (const raw of part.text.split('\n')) {
      const said = raw.trim().replace(/^[-*]\s+(?:\[[ xX]\]\s+)?|^\d+[.)]\s+/, '')
      if (said === '') continue
      const command = commandIn(said)
      if (command !== undefined) addAll(draft.testCommands, [command])
      else if (said === raw.trim()) draft.text.push(asLine(said))
      else addAll(draft.criteria, [asLine(said)])
    }
  }
}

function inside(text: string, tag: string): { readonly text: string; readonly line: number } | undefined {
  const match = text.match(new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}>`))
  if (match === null) return undefined
  return { text: match[1] ?? '', line: lineAt(text, match.index ?? 0) }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
