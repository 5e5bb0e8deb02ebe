import type { ExecutorContext } from '@nx/devkit'
import { forecast, forecastText } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'

/** Prints what a run would do. */
export default function plan(
  { spec }: { readonly spec: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(spec, context, async (conduct, print) => {
    print(forecastText(conduct.plan.name, await forecast(conduct)))
    return true
  })
}
