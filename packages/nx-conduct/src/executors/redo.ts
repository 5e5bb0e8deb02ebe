import type { ExecutorContext } from '@nx/devkit'
import { type Redone, redo as redoPhases } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'

/** Has a phase and all that depend on it built again. */
export default function redo(
  options: { readonly spec: string; readonly phase: string | number },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(options.spec, context, async (conduct, print) => {
    print(redoneText(conduct.plan.name, await redoPhases(conduct, String(options.phase))))
    return true
  })
}

export function redoneText(spec: string, { phases, kept }: Redone): string {
  if (phases.length === 0) return 'No phase depends on that checkpoint: there is nothing to build again.'
  return [
    `Built again with the next run: ${phases.map(({ id, title }) => `phase ${id} (${title})`).join(', ')}.`,
    ...kept.map(({ phase, ref, commit }) => `What phase ${phase} was is kept: ${ref} at ${commit.slice(0, 12)}`),
    `Go on with: npx nx run ${spec}:conduct`,
  ].join('\n')
}
