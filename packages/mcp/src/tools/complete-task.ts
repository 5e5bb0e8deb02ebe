import { completeRun, type Landing } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines } from '../describe.ts'
import { endOf, landingText } from '../landing.ts'
import { Refusal } from '../refusal.ts'
import * as shapes from '../shapes.ts'
import { toEnd, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

const output = z.object({
  status: z.enum(['branch moved', 'result kept', 'nothing to merge']),
  branch: z.string().optional().describe('The branch that has the result.'),
  commit: z.string().optional(),
  why: z.string().optional().describe('Why the branch did not move.'),
  next: z.string(),
})

export const completeTask = defineTool({
  name: 'complete_task',
  title: 'Complete a task',
  description:
    'Ends a task whose phases are all complete: merges them, proves the merged tree again, and with commit_changes moves the branch by the rules of `git merge`, or says why not and with which command. Without commit_changes the result is left on the branch conduct/<spec>.',
  input: z.object({ task_id: shapes.taskId, commit_changes: z.boolean() }),
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  async call({ task_id, commit_changes }, call) {
    return withTask(call, task_id, toEnd, async ({ context, standing }) => {
      // The same call again: a caller that lost the answer gets it.
      const before = standing === 'finalized' ? await endOf(context) : undefined
      if (before !== undefined) return landed(before)
      if (standing !== 'current') {
        throw new Refusal(
          `task ${task_id} does not go on from here: the branch moved, or SPEC.md changed, since it started`,
          'start_task starts the task that goes on from here, and takes along what was made',
        )
      }
      const ended = await completeRun(context, { keep: !commit_changes })
      if (ended.kind === 'aborted') throw new Refusal(`stopped: ${ended.message}`, 'call complete_task again')
      if (ended.kind === 'failed') {
        throw new Refusal(ended.message, ended.hint ?? `\`npx nx run ${context.plan.name}:conduct\``)
      }
      return landed(ended.landing)
    })
  },
})

function landed(landing: Landing): { structured: z.input<typeof output>; text: string } {
  const text = landingText(landing)
  const cleanUp = 'cleanup_worktrees'
  switch (landing.kind) {
    case 'satisfied':
      return { structured: { status: 'nothing to merge', next: cleanUp }, text: lines(text, `next: ${cleanUp}`) }
    case 'moved': {
      const { branch, commit } = landing
      return {
        structured: { status: 'branch moved', branch, commit, next: cleanUp },
        text: lines(text, `next: ${cleanUp}`),
      }
    }
    case 'kept': {
      const { branch, commit, why, command } = landing
      return {
        structured: { status: 'result kept', branch, commit, why, next: command },
        text: lines(text, `next: ${command}`),
      }
    }
    default:
      return landing satisfies never
  }
}
