import type { ExecutorContext } from '@nx/devkit'
import { readStatus, statusText } from '@nx-conduct/conductor'
import { printableJson } from '@nx-conduct/spec'
import { withRun } from '../run/with-run.ts'

/** Shows the run that starts from HEAD, or else the last one. */
export default function status(
  options: { readonly spec: string; readonly json?: boolean },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(options.spec, context, async (conduct, print) => {
    const found = await readStatus(conduct)
    if (options.json) print(printableJson(found ?? null))
    else if (found) print(statusText(found, conduct.commands.environment.sandbox))
    else
      print(
        `There is no run of ${conduct.plan.name} yet.\nSee what one would do with: npx nx run ${conduct.plan.name}:plan`,
      )
    return true
  })
}
