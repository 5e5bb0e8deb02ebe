import { createModuleWorktree } from '@nx-conduct/conductor'
import { z } from 'zod'
import { lines } from '../describe.ts'
import { currentPhase, standingsOf } from '../next-step.ts'
import { Refusal } from '../refusal.ts'
import * as shapes from '../shapes.ts'
import { folderInWorkspace, moduleOf, phaseOf, refuseOtherWorkspace, stateOf, toWork, withTask } from '../task.ts'
import { defineTool } from '../tool.ts'

export const createWorktree = defineTool({
  name: 'create_worktree',
  title: 'Create a worktree',
  description:
    'Makes the git worktree in which one module of a phase is worked on: with what the phase has so far, and its dependencies installed. Calling it again returns the same worktree. Work in it freely, do not commit; leave .spec as it is.',
  input: z.object({
    task_id: shapes.taskId,
    name: shapes.moduleName.describe('The module.'),
    base_dir: shapes.path.optional().describe('The workspace; by default that of the task.'),
    phase: shapes.phaseName.optional().describe('By default the phase that is to be worked on.'),
  }),
  output: z.object({
    path: z.string().describe('Absolute path of the workspace in the worktree.'),
    phase: z.string(),
    module: z.string(),
    base_commit: z.string(),
    owned_paths: z.array(z.string()).describe('Globs that the module may change; empty where it may change the rest.'),
    others_own: z.array(z.string()).describe('Globs that other modules of the phase own.'),
    created: z.boolean().describe('False where it was there before.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  aliases: { phase_name: 'phase' },
  async call({ task_id, name, base_dir, phase: wanted }, call) {
    const folder = base_dir === undefined ? undefined : await folderInWorkspace(call.host, 'base_dir', base_dir)
    return withTask(call, task_id, toWork, async ({ context }) => {
      if (folder !== undefined) refuseOtherWorkspace(context, 'base_dir', folder)
      const standings = await standingsOf(context, await stateOf(context))
      const phase = wanted === undefined ? currentPhase(standings)?.phase : phaseOf(context, wanted)
      if (phase === undefined)
        throw new Refusal('every phase is complete: there is nothing to work on', 'complete_task')
      const made = await createModuleWorktree(context, { phase, module: moduleOf(phase, name) })
      const { ownership, directory, start, isNew, module } = made
      const owned = ownership.kind === 'paths' ? ownership.globs : []
      const others = phase.modules.filter((each) => each !== module).flatMap(({ paths }) => paths ?? [])
      return {
        structured: {
          path: directory,
          phase: phase.id,
          module: module.name,
          base_commit: start,
          owned_paths: [...owned],
          others_own: [...others],
          created: isNew,
        },
        text: lines(
          `${isNew ? 'Made' : 'There is'} ${directory} for module ${module.name} of phase ${phase.id}, at ${start.slice(0, 12)}`,
          owned.length === 0 ? 'it may change all that no other module owns' : `it may change ${owned.join(', ')}`,
          others.length === 0 ? undefined : `others own ${others.join(', ')}`,
        ),
      }
    })
  },
})
