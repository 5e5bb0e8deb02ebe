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
import type { JudgeRole } from '../gates/gate-kind.ts'
import type { RunContext } from '../run/context.ts'
import { stepVersions } from './versions.ts'

/** The agent that plays a role in a phase: the phase's choice, then the spec's per role, then the spec's. */
export function agentFor(plan: Plan, phase: Phase | undefined, role: Role): AgentSettings {
  return phase?.agents[role] ?? plan.settings.agents[role] ?? plan.settings.agent
}

/** What of an agent its work depends on. */
function agentIdentity({ plan, rehearsal }: KeyInputs, phase: Phase | undefined, role: Role): unknown {
  const agent = agentFor(plan, phase, role)
  return {
    role,
    driver: agent.driver,
    model: agent.model ?? null,
    command: agent.command ?? null,
    ...(agent.preset === undefined ? {} : { preset: agent.preset }),
    score: isRehearsed(rehearsal, agent) ? rehearsal.digest : null,
    prompt: promptVersion,
  }
}

/** What the step keys of a phase are made of, in one state of the log. */
export interface KeyInputs {
  readonly plan: Plan
  readonly phase: Phase
  readonly epoch: number
  readonly rehearsal: Rehearsal | undefined
  /** Digest of the environment gates run in. */
  readonly environment: string
}

export function keyInputs(
  { plan, agents, commands }: Pick<RunContext, 'plan' | 'agents' | 'commands'>,
  state: Pick<RunState, 'epochs'>,
  phase: Phase,
): KeyInputs {
  return {
    plan,
    phase,
    epoch: epochOf(plan, state, phase),
    rehearsal: agents.rehearsal,
    environment: commands.environment.digest,
  }
}

/** How often a phase was deliberately redone, in a state of the log. */
export function epochOf(plan: Plan, { epochs }: Pick<RunState, 'epochs'>, phase: Phase): number {
  return epochs[epochName(plan, phase)] ?? 0
}

/** The base of a phase and what it starts with. */
export function worktreesKey(of: KeyInputs, base: string, adoptable: string | undefined): string {
  return digestOf(['worktrees', stepVersions.worktrees, of.phase.digest, base, adoptable ?? null, of.epoch])
}

/** An agent's work is run once per key. `base` is the base tree without the spec's folder. */
export function implementKey(of: KeyInputs, module: Module, base: string): string {
  return digestOf([
    'implement',
    stepVersions.implement,
    of.phase.digest,
    { name: module.name, paths: module.paths ?? null },
    of.plan.contextDigest,
    agentIdentity(of, of.phase, 'implementation-executor'),
    base,
    of.epoch,
  ])
}

/** `displaced`: phases whose entries are written anew beside the phase's own. */
export function integrateKey(
  of: KeyInputs,
  base: string,
  modules: readonly string[],
  displaced: readonly Phase[] = [],
): string {
  return digestOf([
    'integrate',
    stepVersions.integrate,
    of.phase.digest,
    base,
    modules,
    agentIdentity(of, of.phase, 'synthesis-architect'),
    of.epoch,
    ...(displaced.length === 0 ? [] : [displaced.map(({ slug, digest }) => [slug, digest])]),
  ])
}

/** Key of work that joins phases: of trees alone, so that equal trees on other commits are neither merged nor fixed again. */
export function joinKey(
  of: KeyInputs,
  { parts, bases }: { readonly parts: readonly { readonly tree: string }[]; readonly bases: readonly string[] },
  gates: readonly RequiredGate[],
): string {
  const trees = parts.map(({ tree }) => tree)
  return proofKey(of, 'join', digestOf([trees, bases, agentIdentity(of, of.phase, 'synthesis-architect')]), gates)
}

/** Key of a step that proves gates on a tree and has what fails fixed. */
export function proofKey(
  of: KeyInputs,
  step: 'test' | 'validate' | 'join',
  tree: string,
  gates: readonly RequiredGate[],
): string {
  return digestOf([
    step,
    stepVersions[step],
    of.phase.digest,
    tree,
    gates.map(({ gate, version, rule, base }) => [gate, version, rule, base ?? null]),
    of.environment,
    agentIdentity(of, of.phase, 'fix-executor'),
    of.epoch,
  ])
}

/** Key of the work on what a person rejected. */
export function approvalKey(
  of: KeyInputs,
  rejected: { readonly tree: string; readonly why: string },
  gates: readonly RequiredGate[],
): string {
  return digestOf(['rejected', rejected.why, proofKey(of, 'validate', rejected.tree, gates)])
}

/** Key of an agent's verdict on a tree. */
export function judgeKey(of: KeyInputs, role: JudgeRole, scope: 'phase' | 'whole', about: unknown): string {
  const { plan, phase } = of
  return digestOf([
    'judge',
    scope === 'whole' ? plan.phases.map(({ digest }) => digest) : phase.digest,
    plan.contextDigest,
    agentIdentity(of, scope === 'whole' ? undefined : phase, role),
    scope === 'whole' ? null : of.epoch,
    about,
  ])
}

/** Each run proves its end anew. */
export function finalizeKey(run: string, join: string): string {
  return digestOf(['finalize', stepVersions.finalize, run, join])
}

/** Key of one agent session inside a step; a session that ended with work is not run again. */
export function sessionKey(stepKey: string, role: Role, about: unknown): string {
  return digestOf(['session', stepKey, role, about])
}
