import { installNeeded, type RunContext, readLastLanding, summarise, summaryText } from '@nx-conduct/conductor'

/** What a person reads when everything that a run depends on has succeeded: what came of it, and what to do next. */
export async function endText(context: RunContext): Promise<string> {
  const { plan, run, log, surroundings, commands } = context
  const last = await readLastLanding(context)
  if (last?.landing.kind === 'satisfied') {
    return `\n✔ Everything is satisfied: ${run.branch ?? 'HEAD'} holds all ${plan.phases.length} phases, and their gates pass there. No agent was called.`
  }
  const state = await log.state()
  const summary = summarise(plan, state, last?.run ?? state.currentRun)
  const installs = last === undefined ? [] : await installNeeded(context, last)
  const startedMs = summary.startedAt === undefined ? undefined : Date.parse(summary.startedAt)
  return `\n${summaryText(summary, {
    sandbox: commands.environment.sandbox,
    ...(startedMs === undefined ? {} : { wallMs: surroundings.clock.now().getTime() - startedMs }),
    ...(last ? { landing: last.landing } : {}),
    next: [
      ...installs.map((command) => `${command.padEnd(31)} # your checkout: the result has other dependencies`),
      'git log --oneline               # one commit per phase',
      `npx nx run ${plan.name}:status          # the run, its gates and agents`,
      "npx nx run-many -t test         # the phases' tests on your files",
      'npx nx graph                    # the phases as a graph',
    ],
  })}`
}

/** The same where the spec or the log can no longer be read after the result was merged, which takes nothing back. */
export function endTextWithoutSummary(error: unknown): string {
  return `\nThe run is finished. There is no summary, because it cannot be read any more: ${error instanceof Error ? error.message : error}`
}
