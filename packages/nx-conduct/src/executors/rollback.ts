import type { ExecutorContext } from '@nx/devkit'
import { rollback as rollBack } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'
import { redoneText } from './redo.ts'

/** Goes back to a checkpoint: the phases after it are built again. */
export default function rollback(
  options: { readonly spec: string; readonly to: string | number },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(options.spec, context, async (conduct, print) => {
    const { to, ...redone } = await rollBack(conduct, String(options.to))
    print(`Back at phase ${to.id} (${to.title}).`)
    print(redoneText(conduct.plan.name, redone))
    return true
  })
}
