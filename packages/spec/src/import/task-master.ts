import { checkIn, commandAlone } from './commands-named.ts'
import { addAll, type Draft, draftPhase } from './draft.ts'
import { type Format, NotReadable } from './foreign-plan.ts'
import { collectLost, type LostList } from './lost.ts'
import { asLine, asMarkdown } from './plain-text.ts'
import { readYamlValue, textsOf, type YamlValue } from './yaml-value.ts'

const READ = ['id', 'title', 'description', 'details', 'status', 'dependencies', 'testStrategy', 'subtasks']

/** task-master's `tasks.json`: a phase per task of one tag, a task per subtask. */
export const taskMaster: Format = {
  id: 'task-master',
  neighbours: [],
  recognise(text, name) {
    if (!/^\s*\{/.test(text) || !/"tasks"\s*:\s*\[/.test(text)) return 0
    if (!/"title"\s*:/.test(text) || !/"status"\s*:/.test(text)) return 0
    return /"testStrategy"\s*:|"subtasks"\s*:/.test(text) || name === 'tasks.json' ? 0.98 : 0.7
  },
  read(source) {
    // JSON's own parser finds what YAML would let pass.
    checkJson(source.text)
    const root = readYamlValue(source.text, 1, 'this is not JSON')
    const lost = collectLost()
    const { tasks, tag } = tasksOf(root, source.tag, lost)
    const cancelled = new Set(tasks.filter((one) => /^cancell?ed$/.test(statusOf(one))).map(idOf))
    const phases = tasks.flatMap((one) => {
      if (!cancelled.has(idOf(one))) return [phaseOf(one, cancelled, lost)]
      lost.add(one.line, 'cancelled tasks', 'left out; what depends on them waits for nothing')
      return []
    })
    const project =
      root.get('meta')?.get('projectName')?.text ?? root.get(tag)?.get('metadata')?.get('projectName')?.text
    return {
      format: 'task-master',
      title: project === undefined ? '' : asLine(project),
      context: [],
      phases,
      lost: lost.list(),
    }
  },
}

function checkJson(text: string): void {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const at = Number(message.match(/position (\d+)/)?.[1] ?? 0)
    throw new NotReadable(
      `this is not JSON: ${message}`,
      text.slice(0, at).split('\n').length,
      'fix the file, then import it again',
    )
  }
}

/** The tasks of the tag that is asked for; `master`, or the only one, without it. */
function tasksOf(
  root: YamlValue,
  asked: string | undefined,
  lost: LostList,
): { readonly tasks: readonly YamlValue[]; readonly tag: string } {
  const plain = root.get('tasks')
  if (plain !== undefined && plain.items.length > 0 && asked === undefined) return { tasks: plain.items, tag: '' }
  const tags = root.keys.filter((key) => root.get(key)?.get('tasks') !== undefined)
  const tag = asked ?? (tags.includes('master') ? 'master' : tags[0])
  const chosen = tag === undefined ? undefined : root.get(tag)?.get('tasks')
  if (tag === undefined || chosen === undefined) {
    throw new NotReadable(
      asked === undefined ? 'the file holds no list of tasks' : `there is no tag "${asked}"`,
      1,
      tags.length === 0
        ? 'see whether this is the right file'
        : `choose one of: ${tags.map((one) => `--tag ${one}`).join(', ')}`,
    )
  }
  for (const other of tags)
    if (other !== tag) lost.add(root.keyLine(other), `tag ${other}`, `choose it with --tag ${other}`)
  return { tasks: chosen.items, tag }
}

function idOf(task: YamlValue): string {
  return task.get('id')?.text ?? ''
}

function statusOf(task: YamlValue): string {
  return task.get('status')?.text ?? 'pending'
}

function isDone(task: YamlValue): boolean {
  return /^(?:done|completed)$/.test(statusOf(task))
}

function phaseOf(task: YamlValue, cancelled: ReadonlySet<string>, lost: LostList): Draft {
  const draft = draftPhase(idOf(task), asLine(task.get('title')?.text ?? ''), task.line)
  const isOwn = (task.get('subtasks')?.items.length ?? 0) === 0
  const texts = ['description', 'details'].map((key) => task.get(key)?.text ?? '').filter((text) => text.trim() !== '')
  draft.dependsOn = dependenciesOf(task, cancelled, lost)
  if (isOwn) {
    const below = texts.map(asMarkdown).join('\n\n')
    draft.tasks.push({ text: draft.title, below, done: isDone(task), line: task.line })
  } else {
    draft.text.push(...texts.map(asMarkdown))
    for (const sub of task.get('subtasks')?.items ?? []) addSubtask(draft, sub, isDone(task), lost)
  }
  addStrategy(draft, task.get('testStrategy')?.text ?? '')
  loseKeys(task, lost)
  const status = statusOf(task)
  if (!/^(?:pending|done|completed)$/.test(status))
    lost.add(task.keyLine('status'), `status ${status}`, 'left out: a task is done or not')
  return draft
}

function addSubtask(draft: Draft, sub: YamlValue, parentDone: boolean, lost: LostList): void {
  if (/^cancell?ed$/.test(statusOf(sub))) {
    lost.add(sub.line, 'cancelled subtasks', 'left out')
    return
  }
  const texts = ['description', 'details', 'testStrategy']
    .map((key) => sub.get(key)?.text ?? '')
    .filter((text) => text.trim() !== '')
  draft.tasks.push({
    text: asLine(sub.get('title')?.text ?? ''),
    below: texts.map(asMarkdown).join('\n\n'),
    done: sub.get('status') === undefined ? parentDone : isDone(sub),
    line: sub.line,
  })
  if ((sub.get('dependencies')?.items.length ?? 0) > 0)
    lost.add(
      sub.keyLine('dependencies'),
      'subtask dependencies',
      'only phases depend on each other; the order of the tasks is kept',
    )
  loseKeys(sub, lost)
}

/** A strategy that is a command is one; anything else is a criterion. */
function addStrategy(draft: Draft, strategy: string): void {
  if (strategy.trim() === '') return
  const command = commandAlone(strategy) ?? checkIn(strategy.trim())
  if (command !== undefined) addAll(draft.testCommands, [command])
  else draft.criteria.push(asLine(strategy))
}

function dependenciesOf(task: YamlValue, cancelled: ReadonlySet<string>, lost: LostList): readonly string[] {
  const ids = textsOf(task.get('dependencies')).map((said) => {
    if (!said.includes('.')) return said
    lost.add(task.keyLine('dependencies'), 'dependencies on single subtasks', 'the phase waits for the whole task')
    return said.split('.')[0] ?? said
  })
  return [...new Set(ids)].filter((id) => !cancelled.has(id))
}

function loseKeys(task: YamlValue, lost: LostList): void {
  for (const key of task.keys) {
    if (!READ.includes(key) && !(key === 'parentTaskId' || key === 'parentId'))
      lost.add(
        task.keyLine(key),
        key,
        key === 'priority' ? 'left out: the order of phases follows from their dependencies' : 'left out',
      )
  }
}
