import { removeWorktrees } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines, removedData } from '../describe.ts'
import * as shapes from '../shapes.ts'
import { toEnd, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const cleanupWorktrees = defineTool({
  name: 'cleanup_worktrees',
  title: 'Clean up worktrees',
  description:
    'Removes the worktrees of a task. One that holds work which no checkpoint has stays; with force it is removed, too, and that work is first put on a ref that the answer names.',
  input: z.object({ task_id: shapes.taskId, force: z.boolean().optional() }),
  output: z.object({ removed: z.array(shapes.removed), kept: z.array(shapes.keptWorktree) }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  async call({ task_id, force = false }, call) {
    return withTask(call, task_id, toEnd, async ({ context }) => {
      const { removed, kept } = removedData(await removeWorktrees(context, { force }))
      return {
        structured: { removed, kept },
        text:
          removed.length + kept.length === 0
            ? 'there is no worktree'
            : lines(
                removed.map(
                  ({ path, saved_as }) =>
                    `removed: ${path}${saved_as === undefined ? '' : `, its work is at ${saved_as}`}`,
                ),
                kept.map(({ path, why }) => `kept: ${path}: ${why}; with force it is removed, and that is saved`),
              ),
      }
    })
  },
})
