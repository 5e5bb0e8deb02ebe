import type { StepLocation } from '@nx-conduct/spec'
import type { StepOutcome } from '../step/outcome.ts'
import { performStep, type StepRequest } from '../step/perform-step.ts'
import { stepGraph } from '../step/step-graph.ts'
import type { RunContext } from './context.ts'
import { reclaim } from './reclaim.ts'
import { type ScheduledTask, schedule, type TaskEnd } from './schedule.ts'

/** A step that this process is asked to perform. */
export interface StepTask extends ScheduledTask {
  readonly request: StepRequest
}

/**
 * Performs steps of one run in the order of their graph and yields each end as it comes. Before and after, what dead
 * processes left is recovered. `around` may refuse a task or watch it.
 */
export async function* runTasks<T extends StepTask>(
  context: RunContext,
  tasks: readonly T[],
  around: (task: T, perform: () => Promise<StepOutcome>) => Promise<StepOutcome> = (_task, perform) => perform(),
): AsyncGenerator<TaskEnd<StepOutcome>, void, void> {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const own = new Set(tasks.map(({ request }) => nameOf(request)))
  const graph = stepGraph(context, { isOwn: (at) => own.has(nameOf(at)) })
  try {
    await reclaim(context)
    const run = (id: string): Promise<StepOutcome> => {
      const task = byId.get(id)
      if (!task) throw new Error(`there is no task ${id}`)
      return around(task, () => performStep(context, graph, task.request))
    }
    yield* schedule(tasks, run, {
      succeeded: ({ kind }) => kind === 'accepted',
      // A phase that waits for a person is no failure.
      stopsAll: (outcome) =>
        context.plan.settings.failFast && !(outcome.kind === 'failed' && outcome.reason === 'waiting'),
    })
    // Processes that died beside this one left worktrees, too.
    await reclaim(context, 'end')
  } finally {
    await context.checkouts.close()
  }
}

function nameOf({ phase, step, module }: StepRequest | StepLocation): string {
  return `${phase ?? ''} ${step} ${module ?? ''}`
}
