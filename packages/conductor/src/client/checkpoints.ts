import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import { type Evidence, evidenceKey, type RequiredGate, type RunState } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { SetupFailed } from '../checkouts/setup.ts'
import { type GateReport, prove } from '../gates/prove.ts'
import { gateKind } from '../gates/registry.ts'
import { phaseGates } from '../gates/required.ts'
import type { HandedIn } from '../reuse/handed-in.ts'
import type { RunContext } from '../run/context.ts'
import { asPhaseTree, takeIn } from '../run/take-in.ts'
import { epochOf } from '../step/keys.ts'
import { underLease } from '../step/lease.ts'
import { leasedBy } from './leased.ts'
import { type MergedWorktrees, mergeWorktrees } from './merge-worktrees.ts'
import type { ModuleWorktree } from './module-worktrees.ts'
import { phaseTip } from './phase-tip.ts'
import { ClientProblem } from './problem.ts'

/** Work that was taken for a phase, and what its gates came to on exactly its tree. */
export interface Checkpoint {
  /** Unique in its run. */
  readonly id: string
  readonly phase: Phase
  readonly commit: Oid
  readonly tree: Oid
  /** When it was taken. */
  readonly at: string
  readonly gates: readonly GateStanding[]
  /** Newer work of the phase was taken, the phase was redone, or its text changed. */
  readonly isStale: boolean
  /** Trees of worktrees that are in it. */
  readonly worktrees: readonly Oid[]
}

/** `pending`: an agent has to judge it. `unproven`: nobody has checked it on this tree in this environment. */
export interface GateStanding {
  readonly required: RequiredGate
  /** Absent where nobody has checked it. */
  readonly evidence?: Evidence
  readonly standing: 'passed' | 'failed' | 'pending' | 'unproven'
}

export type CheckpointAttempt =
  | { readonly kind: 'made'; readonly checkpoint: Checkpoint; readonly leftOut: readonly string[] }
  /** The work is kept for the next attempt, and there is no checkpoint. */
  | {
      readonly kind: 'red'
      readonly commit: Oid
      readonly tree: Oid
      readonly failed: readonly GateReport[]
      readonly reports: readonly GateReport[]
    }
  | { readonly kind: 'setup'; readonly failure: SetupFailed }
  | Exclude<MergedWorktrees, { readonly kind: 'merged' }>
  | { readonly kind: 'unfit-tree'; readonly why: string; readonly hint: string }

/**
 * Takes what is in worktrees of a phase, merges it on top of what the phase has, and runs all gates on exactly that tree, except those that an
 * agent judges. Nothing in the worktrees changes. Throws `ClientProblem` when the phase takes no work now.
 */
export function createCheckpoint(
  context: AgentContext,
  { phase, worktrees: chosen }: { readonly phase: Phase; readonly worktrees: readonly ModuleWorktree[] },
): Promise<CheckpointAttempt> {
  return underLease<CheckpointAttempt>(context, leasedBy(context, 'checkpoint', phase, phase.slug), async (lease) => {
    const start = await phaseTip(context, phase)
    const { base, tip } = start
    const merged = await mergeWorktrees(context, start, chosen)
    if (merged.kind !== 'merged') return merged
    const fitted = await asPhaseTree(context, phase, base, merged.tree)
    if (fitted.kind === 'unfit') return { kind: 'unfit-tree', why: fitted.why, hint: fitted.hint }
    const { tree } = fitted
    const isTaken = start.handedIn?.run === context.run.id && start.handedIn.commit === tip.commit && tree === tip.tree
    const commit = isTaken
      ? tip.commit
      : await takeIn(context, {
          phase,
          base,
          tree,
          taken: merged.tree,
          from: chosen.map(({ directory }) => directory).join(', '),
          worktrees: merged.worktrees,
          lease,
        })
    const gates = phaseGates(context.plan, phase, base.tree)
    try {
      const place = { step: 'validate', phase: phase.id } as const
      const { failed, reports } = await prove(context, { place, gates, tree, commit })
      if (failed.length > 0) return { kind: 'red', commit, tree, failed, reports }
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error
      return { kind: 'setup', failure: error }
    }
    const checkpoint = (await allTaken(context)).find((each) => each.commit === commit && each.phase === phase)
    if (checkpoint === undefined) throw new Error(`the run log has no work ${commit}`)
    return { kind: 'made', checkpoint, leftOut: merged.leftOut }
  })
}

/** The checkpoints of a run, oldest first: work on which every gate passed that no agent judges. */
export async function listCheckpoints(
  context: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace' | 'commands'>,
): Promise<readonly Checkpoint[]> {
  return (await allTaken(context)).filter(isGreen)
}

export function isGreen({ gates }: Pick<Checkpoint, 'gates'>): boolean {
  return gates.every(({ standing }) => standing === 'passed' || standing === 'pending')
}

/** A checkpoint by its id. Throws `ClientProblem` where the run has none of that name. */
export async function checkpointOf(
  context: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace' | 'commands'>,
  id: string,
): Promise<Checkpoint> {
  const found = (await listCheckpoints(context)).find((each) => each.id === id)
  if (found !== undefined) return found
  throw new ClientProblem('unknown-checkpoint', `the task has no checkpoint ${JSON.stringify(id.slice(0, 80))}`)
}

/** All that was taken for phases in a run, oldest first. */
export async function allTaken({
  plan,
  run,
  log,
  workspace,
  commands,
}: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace' | 'commands'>): Promise<readonly Checkpoint[]> {
  const state = await log.state()
  const newest = state.runs[run.id]?.handedIn ?? {}
  const taken = new Map<string, Checkpoint>()
  for await (const { at, body } of log.events()) {
    if (body.type !== 'phase.handed-in' || body.run !== run.id) continue
    const phase = plan.phases.find(({ id }) => id === body.phase)
    if (phase === undefined) continue
    const [parent] = (await workspace.objects.commit(body.commit)).parents
    const base = parent === undefined ? undefined : await workspace.objects.treeOf(parent)
    const id = checkpointId(body)
    const gates = standings(state, phaseGates(plan, phase, base), {
      tree: body.tree,
      environment: commands.environment.digest,
    })
    const isStale =
      newest[phase.id]?.commit !== body.commit ||
      body.slice !== phase.digest ||
      newest[phase.id]?.epoch !== epochOf(plan, state, phase)
    // Work that was taken again after a rollback is the same checkpoint.
    const worktrees = (body.worktrees ?? []).map(({ tree }) => tree)
    taken.set(id, {
      id,
      phase,
      commit: body.commit,
      tree: body.tree,
      at: taken.get(id)?.at ?? at,
      gates,
      isStale,
      worktrees,
    })
  }
  return [...taken.values()]
}

/** The gates of the tree on which a phase was completed; empty while it is not. */
export async function acceptedGates(
  { log, run }: Pick<RunContext, 'log' | 'run'>,
  phase: Phase,
): Promise<readonly GateStanding[]> {
  const state = await log.state()
  const complete = state.runs[run.id]?.complete[phase.id]
  return complete === undefined ? [] : standings(state, complete.gates, complete)
}

function checkpointId({ commit }: Pick<HandedIn, 'commit'>): string {
  return `checkpoint-${commit.slice(0, 16)}`
}

function standings(
  { evidence }: Pick<RunState, 'evidence'>,
  gates: readonly RequiredGate[],
  on: { readonly tree: Oid; readonly environment: string },
): readonly GateStanding[] {
  return gates.map((required) => {
    const found = evidence[evidenceKey({ ...required, ...on })]
    if (found !== undefined) return { required, standing: found.outcome, evidence: found }
    const isJudged = gateKind(required.gate).check(required).kind === 'agent'
    return { required, standing: isJudged ? 'pending' : 'unproven' }
  })
}
