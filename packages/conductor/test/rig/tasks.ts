import type { Phase, Plan } from '@nx-conduct/spec'
import type { StepTask } from '../../src/index.ts'

/**
 * The steps of a plan as Nx would start them, in Nx's order: worktrees, implement by module, integrate, test, validate, checkpoint;
 * a phase after the validation of those it depends on; finalize after all checkpoints. Ids are `1/worktrees`, `2/implement/add`,
 * `finalize`.
 */
export function tasksOf({ phases }: Plan): readonly StepTask[] {
  const leaves = phases.filter(({ id }) => !phases.some(({ dependsOn }) => dependsOn.includes(id)))
  return [
    ...phases.flatMap((phase) => phaseTasks(phases, phase)),
    {
      id: 'finalize',
      request: { step: 'finalize' },
      after: [...phases.map(({ slug }) => `${slug}/checkpoint`), ...leaves.map(({ slug }) => `${slug}/validate`)],
    },
  ]
}

function phaseTasks(phases: readonly Phase[], phase: Phase): readonly StepTask[] {
  const { slug, modules } = phase
  const parents = phases.filter(({ id }) => phase.dependsOn.includes(id))
  const task = (step: StepTask['request']['step'], after: readonly string[]): StepTask => ({
    id: `${slug}/${step}`,
    request: { step, phase: slug },
    after,
  })
  const implement = modules.map(
    (module): StepTask => ({
      id: `${slug}/implement/${module.slug}`,
      request: { step: 'implement', phase: slug, module: module.slug },
      after: [`${slug}/worktrees`],
    }),
  )
  return [
    task(
      'worktrees',
      parents.map((parent) => `${parent.slug}/validate`),
    ),
    ...implement,
    task('integrate', [`${slug}/worktrees`, ...implement.map(({ id }) => id)]),
    task('test', [`${slug}/integrate`]),
    task('validate', [`${slug}/worktrees`, `${slug}/test`]),
    task('checkpoint', [`${slug}/validate`, ...parents.map((parent) => `${parent.slug}/checkpoint`)]),
  ]
}

/** Some of the tasks: what is left out was a hit of Nx's cache. */
export function onlyTasks(tasks: readonly StepTask[], wanted: (id: string) => boolean): readonly StepTask[] {
  const kept = new Set(tasks.map(({ id }) => id).filter(wanted))
  return tasks
    .filter(({ id }) => kept.has(id))
    .map((task) => ({ ...task, after: task.after.filter((id) => kept.has(id)) }))
}
