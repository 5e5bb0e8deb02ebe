import type { ExecutorContext } from '@nx/devkit'
import { type Escalation, escalationText, summarise, summaryText } from '@nx-conduct/conductor'
import { lookAt } from '../run/about.ts'

/** Shows the run that starts from HEAD, or else the last one. */
export default function status(
  options: { readonly spec: string; readonly json?: boolean },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return lookAt(options.spec, context, async (conduct, print) => {
    const state = await conduct.log.state()
    const run = state.runs[conduct.run.id] ? conduct.run.id : state.currentRun
    const summary = summarise(conduct.plan, state, run)
    if (options.json) {
      print(JSON.stringify(summary, null, 2))
      return true
    }
    if (run === undefined) {
      print(
        `There is no run of ${conduct.plan.name} yet.\nSay what one would buy with: npx nx run ${conduct.plan.name}:plan`,
      )
      return true
    }
    const name = conduct.plan.name
    print(`run ${run} (${summary.status}), opened ${summary.startedAt ?? ''}\n`)
    print(
      summaryText(summary, {
        sandbox: conduct.environment.sandbox,
        next: summary.status === 'finalized' ? [`npx nx run ${name}:plan`] : [`npx nx run ${name}:conduct    # go on`],
      }),
    )
    for (const { escalation } of Object.values(state.runs[run]?.escalated ?? {}))
      print(`\n${escalationText(escalation as unknown as Escalation)}`)
    return true
  })
}
