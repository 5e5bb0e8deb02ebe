import { acceptedGates, isGreen } from '@nx-conduct/conductor'
import { z } from 'zod'
import { gateData, lines, worktreeData } from '../describe.ts'
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
      const escalated = (await context.log.state()).runs[id]?.escalated ?? {}
      for (const { phase, status, worktrees, newest } of standings) {
        const gates = newest?.gates ?? (await acceptedGates(context, phase))
        const red = gates.filter((gate) => gate.standing === 'failed').map(gateData)
        const failure =
          red.length > 0
            ? red.map(({ gate, rule }) => `${gate}: ${rule}`).join('; ')
            : status === 'complete'
              ? undefined
              : escalated[phase.id]?.escalation.what
        phases.push({
          id: phase.id,
          title: phase.title,
          status,
          ...(newest === undefined || !isGreen(newest) ? {} : { checkpoint: newest.id }),
          gates: gates.map(gateData),
          worktrees: await Promise.all(worktrees.map((worktree) => worktreeData(context, worktree))),
          ...(failure === undefined ? {} : { last_failure: failure }),
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
