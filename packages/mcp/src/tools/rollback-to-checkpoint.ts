import { rollBackTo } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines, removedData } from '../describe.ts'
import * as shapes from '../shapes.ts'
import { toWork, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const rollbackToCheckpoint = defineTool({
  name: 'rollback_to_checkpoint',
  title: 'Roll back to a checkpoint',
  description:
    'Goes back to a checkpoint: its phase goes on from there, and every phase that does not come before it is built again. Worktrees of these phases are removed. Nothing is lost: accepted commits and unfinished work are put on refs that the answer names.',
  input: z.object({ task_id: shapes.taskId, checkpoint_id: shapes.checkpointId }),
  output: z.object({
    phase: z.string().describe('The phase that goes on from the checkpoint.'),
    built_again: z.array(z.string()),
    kept: z.array(z.object({ phase: z.string(), ref: z.string(), commit: z.string() })).describe('Accepted commits.'),
    worktrees_removed: z.array(shapes.removed),
    worktrees_kept: z.array(shapes.keptWorktree),
    next: z.string(),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async call({ task_id, checkpoint_id }, call) {
    return withTask(call, task_id, toWork, async ({ context }) => {
      const { to, phases, kept, worktrees } = await rollBackTo(context, checkpoint_id)
      const { removed, kept: left } = removedData(worktrees)
      const next = 'get_task_state: it names the phase that is to be worked on'
      return {
        structured: {
          phase: to.id,
          built_again: phases.map(({ id }) => id),
          kept: [...kept],
          worktrees_removed: removed,
          worktrees_kept: left,
          next,
        },
        text: lines(
          `Phase ${to.id} goes on from ${checkpoint_id}`,
          phases.length === 0 ? undefined : `built again: ${phases.map(({ id }) => `phase ${id}`).join(', ')}`,
          kept.map(({ phase, ref }) => `kept: phase ${phase} at ${ref}`),
          removed.map(
            ({ path, saved_as }) => `removed: ${path}${saved_as === undefined ? '' : `, its work is at ${saved_as}`}`,
          ),
          left.map(({ path, why }) => `not removed: ${path}: ${why}`),
          `next: ${next}`,
        ),
      }
    })
  },
})
