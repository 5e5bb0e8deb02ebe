import { compile } from '../compile.ts'
import { readPhaseHeading } from '../phase-heading.ts'
import type { Phase } from '../plan.ts'
import { sectionRank } from '../section-name.ts'
import type { ForeignPhase, ForeignPlan, ForeignTask } from './foreign-plan.ts'

/** A plan as the text of a SPEC.md. What a phase depends on is always written out, so that it does not hang on the order of the phases. */
export function writeSpec(plan: ForeignPlan): string {
  const phases = plan.phases.flatMap((phase, index) => {
    const parents =
      phase.dependsOn === 'previous'
        ? plan.phases.slice(Math.max(0, index - 1), index).map(({ id }) => id)
        : phase.dependsOn
    return writePhase(phase, parents)
  })
  const blocks = [
    ...(plan.title === '' ? [] : [`# ${escapeHeading(plan.title)}`]),
    ...plan.context.map(writeContext),
    '## Implementation Phases',
    ...phases,
  ]
  return `${blocks.join('\n\n')}\n`
}

/** A title is words; what Markdown would read in them is escaped. */
function escapeHeading(words: string): string {
  return words.replace(/<(?=[A-Za-z/!?])/g, '\\<').replace(/(?<!\w)__(?=\w+__)/g, '\\_\\_')
}

/** A heading of the context that the compiler could take for a phase, or for the section of the phases, becomes a line in bold. */
function writeContext(block: string): string {
  const heading = block.match(/^(#{1,6})\s+(.+?)(?:\s+#+)?$/s)
  if (heading === null) return block
  const words = (heading[2] ?? '').trim()
  const isPhase =
    readPhaseHeading(words) !== undefined ||
    sectionRank(words) !== undefined ||
    /\b(?:phases?|steps?|stages?|milestones?|work ?packages?|workstreams?|roadmap)\b/i.test(words)
  if (isPhase) return `**${words.replaceAll('**', '')}**`
  return `${'#'.repeat(Math.max(2, heading[1]?.length ?? 2))} ${words}`
}

function writePhase(phase: ForeignPhase, parents: readonly string[]): readonly string[] {
  const isMarked = phase.done && !(phase.tasks.length > 0 && phase.tasks.every(({ done }) => done))
  const tasks = isMarked ? phase.tasks.map((task) => ({ ...task, done: true })) : phase.tasks
  return [
    `### Phase ${phase.id}: ${phase.title}${isMarked && tasks.length === 0 ? ' (done)' : ''}`,
    `Depends On: ${parents.length === 0 ? 'None' : parents.map((id) => `Phase ${id}`).join(', ')}`,
    ...phase.text.map(writeText),
    ...writeList(
      'Files',
      phase.files.map((path) => `\`${path}\``),
    ),
    ...writeCommands(phase.testCommands),
    ...writeList('Success Criteria', phase.criteria),
    ...writeList('Gotchas', phase.gotchas),
    ...writeTasks(tasks),
  ]
}

function writeList(label: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`${label}:\n${items.map((item) => `- ${indent(item)}`).join('\n')}`]
}

function writeCommands(commands: readonly string[]): readonly string[] {
  const short = commands.filter((command) => !/[`\n]/.test(command))
  const long = commands.filter((command) => /[`\n]/.test(command))
  return [
    ...writeList(
      'Test Command',
      short.map((command) => `\`${command}\``),
    ),
    ...long.map((command) => `Test Command:\n\n${fenced(command)}`),
  ]
}

function fenced(command: string): string {
  const longest = Math.max(2, ...[...command.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}sh\n${command}\n${fence}`
}

function writeTasks(tasks: readonly ForeignTask[]): readonly string[] {
  if (tasks.length === 0) return []
  const groups: { readonly name: string | undefined; readonly tasks: ForeignTask[] }[] = []
  for (const task of tasks) {
    const last = groups.at(-1)
    if (last !== undefined && last.name === task.group) last.tasks.push(task)
    else groups.push({ name: task.group, tasks: [task] })
  }
  return groups.flatMap(({ name, tasks: own }) => [
    ...(name === undefined ? (groups.length === 1 ? ['Tasks:'] : []) : [writeGroup(name)]),
    own.map(writeTask).join('\n').trimEnd(),
  ])
}

/** A sub-heading above tasks; a line in bold where the compiler would read something else in it. */
function writeGroup(name: string): string {
  const plan = probe(`#### ${name}\n\n- [ ] a`)
  return plan?.tasks.length === 1 && isOnly(plan, 'tasks') ? `#### ${name}` : `**${name.replaceAll('**', '')}**`
}

function writeTask({ text, below, done }: ForeignTask): string {
  const head = readsAsTask(text) ? text : inCode(text)
  const nested = below === '' ? '' : `\n\n${indentAll(withoutBoxes(below))}\n`
  return `- [${done ? 'x' : ' '}] ${head}${nested}`
}

/** Words before a colon that name a field would take the task for that field; in inline code they are words. */
function readsAsTask(text: string): boolean {
  if (!/[:：*]/.test(text.slice(0, 120))) return true
  const phase = probe(`- [ ] ${text}`)
  return phase !== undefined && phase.tasks.length === 1 && isOnly(phase, 'tasks')
}

function inCode(text: string): string {
  return text.replace(/^(?:\*\*)?([^:：*`]{1,80})(?:\*\*)?([:：])(?:\*\*)?/, '`$1`$2')
}

/** Only items of the task list itself are tasks; a check list below one is its text. Fences stay as they are. */
function withoutBoxes(below: string): string {
  let fence: string | undefined
  return below
    .split('\n')
    .map((line) => {
      const mark = line.match(/^\s*(`{3,}|~{3,})/)?.[1]
      if (fence !== undefined) {
        if (mark?.startsWith(fence)) fence = undefined
        return line
      }
      fence = mark
      return line.replace(/^(\s*(?:[-*+]|\d+[.)])\s+)\[([ xX])\](?=\s)/, '$1\\[$2\\]')
    })
    .join('\n')
}

/** Text that the compiler would read a field, a task or a phase in is quoted. */
function writeText(block: string): string {
  const phase = probe(block)
  if (phase !== undefined && phase.description !== '' && isOnly(phase, 'text')) return block
  return block
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}

/** What the compiler makes of a block inside a phase; undefined where it finds anything to say, or other phases. */
function probe(block: string): Phase | undefined {
  const { phases, diagnostics } = compile(
    `## Implementation Phases\n\n### Phase 1: A\n\nDepends On: None\n\n${block}\n\nTest Command: \`true\`\n`,
  )
  const said = diagnostics.some(({ severity }) => severity !== 'info')
  return phases.length === 1 && !said ? phases[0] : undefined
}

function isOnly(phase: Phase, what: 'text' | 'tasks'): boolean {
  return (
    phase.criteria.length === 0 &&
    phase.gotchas.length === 0 &&
    phase.files.length === 0 &&
    phase.generated.length === 0 &&
    phase.inputs.length === 0 &&
    phase.allow.length === 0 &&
    phase.approval === 'none' &&
    phase.testCommands.length === 1 &&
    phase.dependsOn.length === 0 &&
    phase.modules.every(({ implicit }) => implicit) &&
    (what === 'tasks' || phase.tasks.length === 0)
  )
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

function indentAll(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
