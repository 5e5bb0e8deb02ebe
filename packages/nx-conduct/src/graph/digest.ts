import { digestOf, type Phase, type Plan } from '@nx-conduct/spec'

/**
 * Digest of the versions of all steps and gates: results of another version are not served by Nx's cache. The graph does not
 * load the conductor, so it is written here; a test compares it with the conductor's versions and prints the new value.
 */
export const engineVersion = '978d3b2a0bdc9e6d'

/** Digest of all that a spec says about a phase's steps. Budgets, concurrency and rounds never enter it. */
export function stepDigest(plan: Plan, phase: Phase): string {
  const { agent, agents, setup, setupInputs, lint, gates, tools, env } = plan.settings
  return digestOf({
    engineVersion,
    slice: phase.digest,
    context: plan.contextDigest,
    agent,
    agents,
    phaseAgents: phase.agents,
    setup: setupInputs.length > 0 ? { command: setup ?? null, inputs: setupInputs } : (setup ?? null),
    lint: lint ?? null,
    gates,
    tools,
    env,
  })
}

/** Digest for `finalize`, which depends on every phase. */
export function planDigest(plan: Plan): string {
  return digestOf(plan.phases.map((phase) => [phase.slug, phase.dependsOn, stepDigest(plan, phase)]))
}
