import type { ExecutorContext } from '@nx/devkit'
import { findingsText, forecast, forecastText, preflight } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'

/** Prints what a run would do, and what would be in its way. */
export default function plan(
  { spec }: { readonly spec: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(spec, context, async (conduct, print) => {
    const expected = await forecast(conduct)
    print(forecastText(conduct.plan.name, expected))
    const findings = (await preflight(conduct, expected)).filter(({ severity }) => severity !== 'ok')
    if (findings.length > 0) print(`\nBefore a run:\n${findingsText(findings)}`)
    return true
  })
}
