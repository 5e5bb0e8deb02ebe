import { moduleWorktrees } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines, worktreeData } from '../describe.ts'
import * as shapes from '../shapes.ts'
import { toLook, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const listWorktrees = defineTool({
  name: 'list_worktrees',
  title: 'List worktrees',
  description:
    'Lists the worktrees of a task: where they are, whose module it is, and what changed in them. Changes nothing.',
  input: z.object({ task_id: shapes.taskId }),
  output: z.object({ worktrees: z.array(shapes.worktree) }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  async call({ task_id }, call) {
    return withTask(call, task_id, toLook, async ({ context }) => {
      const found = await moduleWorktrees(context)
      const worktrees = await Promise.all(found.map((worktree) => worktreeData(context, worktree)))
      return {
        structured: { worktrees },
        text:
          worktrees.length === 0
            ? 'there is no worktree; create_worktree makes one'
            : lines(
                worktrees.map(
                  ({ path, phase, module, state, changed }) =>
                    `phase ${phase}, ${module}: ${path}, ${state}${changed.length === 0 ? '' : ` (${changed.slice(0, 5).join(', ')})`}`,
                ),
              ),
      }
    })
  },
})
