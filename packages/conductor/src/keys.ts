import { promptVersion } from '@nx-conduct/agent'
import { type AgentSettings, digestOf, type Module, type Phase, type Plan, type Role } from '@nx-conduct/spec'
import { isRehearsed, type Rehearsal } from './rehearsal.ts'

/** The agent that plays a role in a phase: the phase's choice, then the spec's per role, then the spec's. */
export function agentFor(plan: Plan, phase: Phase | undefined, role: Role): AgentSettings {
  return phase?.agents[role] ?? plan.settings.agents[role] ?? plan.settings.agent
}

/** What of an agent its work depends on. */
export function agentIdentity({ plan, phase, rehearsal }: KeyInputs, role: Role): unknown {
  const agent = agentFor(plan, phase, role)
  return {
    role,
    driver: agent.driver,
    model: agent.model ?? null,
    command: agent.command ?? null,
    score: isRehearsed(rehearsal, agent) ? rehearsal.digest : null,
    prompt: promptVersion,
  }
}

export interface KeyInputs {
  readonly plan: Plan
  readonly phase: Phase
  readonly epoch: number
  readonly rehearsal: Rehearsal | undefined
  /** Digest of the environment gates run in. */
  readonly environment: string
}

/** An agent's work is bought once per key. `base` is the base tree without the spec's folder. */
export function implementKey(of: KeyInputs, module: Module, base: string): string {
  return digestOf([
    'implement',
    of.phase.digest,
    { name: module.name, paths: module.paths ?? null },
    of.plan.contextDigest,
    agentIdentity(of, 'implementation-executor'),
    base,
    of.epoch,
  ])
}

export function integrateKey(of: KeyInputs, base: string, modules: readonly string[]): string {
  return digestOf(['integrate', of.phase.digest, base, modules, agentIdentity(of, 'synthesis-architect'), of.epoch])
}

/** Key of a step that proves gates on a tree and mends what fails: `worktrees` of a join, `test`, `validate`. */
export function proofKey(
  of: KeyInputs,
  step: string,
  tree: string,
  gates: readonly { gate: string; rule: string }[],
): string {
  return digestOf([
    step,
    of.phase.digest,
    tree,
    gates.map(({ gate, rule }) => [gate, rule]),
    of.environment,
    agentIdentity(of, 'fix-executor'),
    of.epoch,
  ])
}

/** Key of one agent session inside a step; a session that ended with work is never bought again. */
export function sessionKey(stepKey: string, role: Role, about: unknown): string {
  return digestOf(['session', stepKey, role, about])
}
