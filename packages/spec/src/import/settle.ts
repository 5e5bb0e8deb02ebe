import type { ForeignPhase, ForeignPlan, ForeignTask, Lost } from './foreign-plan.ts'
import { collectLost, type LostList } from './lost.ts'

/** Gives every phase an id of its own and drops dependencies on phases that are not there; both are named in `lost`. */
export function settle(plan: ForeignPlan): ForeignPlan {
  const lost = collectLost()
  const taken = new Set<string>()
  const named = plan.phases.map((phase) => {
    const id = freeId(phase.id, taken)
    taken.add(id)
    if (id !== phase.id)
      lost.add(
        phase.line,
        `the number "${phase.id}"`,
        `another phase has it, or it cannot be an id; the phase is ${id} here`,
      )
    return { ...phase, id, tasks: phase.tasks.flatMap((task) => withWords(task, lost)) }
  })
  const phases = named.map((phase): ForeignPhase => {
    if (phase.dependsOn === 'previous') return phase
    const dependsOn = phase.dependsOn.flatMap((said) => {
      const id = taken.has(said) ? said : [...taken].find((one) => loose(one) === loose(said))
      if (id === undefined || id === phase.id) {
        lost.add(phase.line, `the dependency on ${said}`, 'no phase of this plan has that number; left out')
        return []
      }
      return [id]
    })
    return { ...phase, dependsOn: [...new Set(dependsOn)] }
  })
  return { ...plan, phases, lost: merged(plan.lost, lost.list()) }
}

/** A task needs words: without a title, the first line of what is below is one. */
function withWords(task: ForeignTask, lost: LostList): readonly ForeignTask[] {
  if (task.text.trim() !== '') return [task]
  const [first = '', ...rest] = task.below.split('\n')
  if (first.trim() !== '' && !/^\s*(?:[`~|>#]|[-*+]\s|\d+[.)]\s)/.test(first))
    return [{ ...task, text: first, below: rest.join('\n').trim() }]
  lost.add(task.line, 'a task without words', 'left out')
  return []
}

function loose(id: string): string {
  return id.toLowerCase().replace(/(?<!\d|\.)0+(?=\d)/g, '')
}

const ID = /^(?:\d+(?:\.\d+)*[a-z]?|[a-z]{1,5}[-_]?\d+(?:\.\d+)*[a-z]?|[a-z])$/i

/** The id itself where it is free and can be one, else the same with a letter behind it, else the next number. */
function freeId(id: string, taken: ReadonlySet<string>): string {
  const isTaken = (one: string): boolean => [...taken].some((other) => other.toLowerCase() === one.toLowerCase())
  if (ID.test(id) && !isTaken(id)) return id
  if (/^\d+(?:\.\d+)*$/.test(id)) {
    for (const letter of 'bcdefghjklmnopqrstuvwxyz') if (!isTaken(id + letter)) return id + letter
  }
  let number = taken.size + 1
  while (isTaken(String(number))) number++
  return String(number)
}

function merged(...lists: readonly (readonly Lost[])[]): readonly Lost[] {
  return lists.flat().toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
}
