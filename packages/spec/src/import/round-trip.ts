import { readPhaseHeading } from '../phase-heading.ts'
import type { Phase, Plan } from '../plan.ts'
import type { ForeignPhase, ForeignPlan, Lost } from './foreign-plan.ts'

/** Where a compiled spec says otherwise than the plan it was written from, by line of that plan. Empty when nothing got lost. */
export function differencesBetween(foreign: ForeignPlan, plan: Plan): readonly Lost[] {
  const found: Lost[] = []
  const add = (line: number, what: string): void => {
    found.push({
      lines: [line],
      what,
      instead: 'the compiler reads it otherwise than the plan says; check this phase in the result',
    })
  }
  if (plan.phases.length !== foreign.phases.length) {
    add(1, `${foreign.phases.length} phases, of which the compiler reads ${plan.phases.length}`)
    return found
  }
  foreign.phases.forEach((phase, index) => {
    const read = plan.phases[index]
    if (read === undefined) return
    for (const [name, wanted, actual] of comparisons(phase, read, foreign.phases[index - 1])) {
      if (wanted !== actual) add(phase.line, `phase ${phase.id}: ${name} (${wanted}, read as ${actual})`)
    }
  })
  return found
}

function comparisons(
  phase: ForeignPhase,
  read: Phase,
  before: ForeignPhase | undefined,
): readonly (readonly [string, string, string])[] {
  const parents = phase.dependsOn === 'previous' ? (before === undefined ? [] : [before.id]) : phase.dependsOn
  const heading = readPhaseHeading(`Phase ${phase.id}: ${plain(phase.title)}`)
  const count = (list: readonly unknown[]): string => String(list.length)
  const done = phase.done ? phase.tasks.length : phase.tasks.filter((task) => task.done).length
  return [
    ['id', phase.id, read.id],
    ['title', heading?.form === 'phase' ? heading.title : `Phase ${phase.id}`, read.title],
    ['dependencies', parents.join(', '), read.dependsOn.join(', ')],
    ['number of tasks', count(phase.tasks), count(read.tasks)],
    ['number of done tasks', String(done), count(read.tasks.filter(({ checked }) => checked === true))],
    ['test commands', phase.testCommands.join(' ; '), read.testCommands.map(({ command }) => command).join(' ; ')],
    ['number of criteria', count(phase.criteria), count(read.criteria)],
    ['number of gotchas', count(phase.gotchas), count(read.gotchas)],
    ['files', phase.files.join(', '), read.files.join(', ')],
  ]
}

/** A title's words without the marks that Markdown reads. */
function plain(title: string): string {
  return title
    .replace(/\\([*_`<[\]\\])/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
}
