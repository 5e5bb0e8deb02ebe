import { promptVersion } from '@nx-conduct/agent'
import {
  type AgentSettings,
  digestOf,
  epochName,
  type Module,
  type Phase,
  type Plan,
  type Role,
} from '@nx-conduct/spec'
import type { RequiredGate, RunState } from '@nx-conduct/store'
import { isRehearsed, type Rehearsal } from '../agents/rehearsal.ts'
import type { Joint } from '../merge/join.ts'
import type { Conduct } from '../run/conduct.ts'

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

/** Key of work that joins phases: of trees alone, so that equal trees on other commits are neither merged nor mended again. */
export function joinKey(of: KeyInputs, step: string, { parts, bases }: Joint, gates: readonly RequiredGate[]): string {
  const trees = parts.map(({ tree }) => tree)
  return proofKey(of, step, digestOf([trees, bases, agentIdentity(of, 'synthesis-architect')]), gates)
}

/** Key of a step that proves gates on a tree and mends what fails: `test`, `validate`. */
export function proofKey(of: KeyInputs, step: string, tree: string, gates: readonly RequiredGate[]): string {
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

/** How often a phase was deliberately redone, as a state of the log has it. */
export function epochOf(plan: Plan, { epochs }: Pick<RunState, 'epochs'>, phase: Phase): number {
  return epochs[epochName(plan, phase)] ?? 0
}

/** What the step keys of a phase are made of, at this moment of the log. */
export async function keyInputs({ plan, log, rehearsal, environment }: Conduct, phase: Phase): Promise<KeyInputs> {
  return {
    plan,
    phase,
    epoch: epochOf(plan, await log.state(), phase),
    rehearsal,
    environment: environment.digest,
  }
}
