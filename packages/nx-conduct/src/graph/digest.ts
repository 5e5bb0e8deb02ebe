import { digestOf, type Phase, type Plan } from '@nx-conduct/spec'

/** Raised when artifacts of an older version are of no use any more, so that Nx's cache does not serve them. */
const artifactFormat = 2

/** Digest of all that a spec says about a phase's steps. Budgets, concurrency and rounds never enter it. */
export function stepDigest(plan: Plan, phase: Phase): string {
  const { agent, agents, setup, tools, env } = plan.settings
  return digestOf({
    artifactFormat,
    slice: phase.digest,
    context: plan.contextDigest,
    agent,
    agents,
    phaseAgents: phase.agents,
    setup: setup ?? null,
    tools,
    env,
  })
}

/** Digest for `finalize`, which depends on every phase. */
export function planDigest(plan: Plan): string {
  return digestOf(plan.phases.map((phase) => [phase.slug, phase.dependsOn, stepDigest(plan, phase)]))
}
