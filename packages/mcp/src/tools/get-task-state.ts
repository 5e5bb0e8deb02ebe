import { z } from 'zod'
import { checkpointData, gateData, lines, worktreeData } from '../describe.ts'
import { endOf, landingText } from '../landing.ts'
import { currentPhase, nextStep, standingsOf } from '../next-step.ts'
import * as shapes from '../shapes.ts'
import { stateOf, toLook, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const getTaskState = defineTool({
  name: 'get_task_state',
  title: 'Get the state of a task',
  description:
    'Tells how far a task is: its phases with their gates, worktrees and last failure, and what to call next. Reads the run log and the worktrees; changes nothing.',
  input: z.object({ task_id: shapes.taskId }),
  output: z.object({
    task_id: z.string(),
    status: z
      .enum(['open', 'complete', 'superseded'])
      .describe('superseded: the branch moved or SPEC.md changed; start_task goes on from there.'),
    phases_complete: z.array(z.string()),
    current_phase: z.string().optional(),
    phases: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(['complete', 'ready', 'waits']),
        checkpoint: z.string().optional().describe('Its newest checkpoint.'),
        gates: z.array(shapes.gate).describe('On the newest work that was taken, or on the accepted tree.'),
        worktrees: z.array(shapes.worktree),
        last_failure: z.string().optional(),
      }),
    ),
    result: z.string().optional().describe('How the task ended.'),
    next: z.string().describe('The tool or command to call next.'),
  }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  async call({ task_id }, call) {
    return withTask(call, task_id, toLook, async ({ id, context, standing }) => {
      const { plan } = context
      const standings = await standingsOf(context, await stateOf(context))
      const end = standing === 'finalized' ? await endOf(context) : undefined
      const phases = []
      for (const { phase, status, worktrees, newest } of standings) {
        const failed = newest?.gates.filter((gate) => gate.standing === 'failed') ?? []
        const made = newest === undefined ? undefined : checkpointData(newest)
        phases.push({
          id: phase.id,
          title: phase.title,
          status,
          ...(made === undefined || failed.length > 0 ? {} : { checkpoint: made.id }),
          gates: (newest?.gates ?? []).map(gateData),
          worktrees: await Promise.all(worktrees.map((worktree) => worktreeData(context, worktree))),
          ...(failed.length === 0
            ? {}
            : {
                last_failure: failed
                  .map(gateData)
                  .map(({ gate, rule }) => `${gate}: ${rule}`)
                  .join('; '),
              }),
        })
      }
      const next =
        standing === 'current'
          ? nextStep(plan.name, standings)
          : standing === 'finalized'
            ? 'start_task: this task has ended'
            : 'start_task: the branch moved, or SPEC.md changed; it takes along what was made'
      const current = currentPhase(standings)?.phase
      const status = { current: 'open', finalized: 'complete', superseded: 'superseded' } as const
      return {
        structured: {
          task_id: id,
          status: status[standing],
          phases_complete: standings.filter((each) => each.status === 'complete').map(({ phase }) => phase.id),
          ...(current === undefined ? {} : { current_phase: current.id }),
          phases,
          ...(end === undefined ? {} : { result: landingText(end) }),
          next,
        },
        text: lines(
          `Task ${id} is ${status[standing]}`,
          end === undefined ? undefined : landingText(end),
          phases.map(
            (phase) =>
              `  phase ${phase.id} (${phase.title}): ${phase.status}${phase.last_failure === undefined ? '' : `, failed: ${phase.last_failure}`}`,
          ),
          `next: ${next}`,
        ),
      }
    })
  },
})
