import type { ExecutorContext } from '@nx/devkit'
import { forecast, forecastText } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'

/** Says what a run would buy. */
export default function plan(
  { spec }: { readonly spec: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(spec, context, async (conduct, print) => {
    print(forecastText(conduct.plan.name, await forecast(conduct)))
    return true
  })
}
