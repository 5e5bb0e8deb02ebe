import { listCheckpoints as checkpointsOf } from '@nx-conduct/conductor'
import { z } from 'zod'
import { checkpointData, lines } from '../describe.ts'
import * as shapes from '../shapes.ts'
import { toLook, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const listCheckpoints = defineTool({
  name: 'list_checkpoints',
  title: 'List checkpoints',
  description: 'Lists the checkpoints of a task, oldest first, with what their gates came to. Changes nothing.',
  input: z.object({ task_id: shapes.taskId }),
  output: z.object({ checkpoints: z.array(shapes.checkpoint) }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  async call({ task_id }, call) {
    return withTask(call, task_id, toLook, async ({ context }) => {
      const checkpoints = (await checkpointsOf(context)).map(checkpointData)
      return {
        structured: { checkpoints },
        text:
          checkpoints.length === 0
            ? 'there is no checkpoint; create_checkpoint makes one'
            : lines(
                checkpoints.map(
                  ({ id, phase, sha, at, stale }) =>
                    `${id}: phase ${phase} at ${sha.slice(0, 12)}, ${at}${stale ? ', stale' : ''}`,
                ),
              ),
      }
    })
  },
})
