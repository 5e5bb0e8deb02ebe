import { realpath } from 'node:fs/promises'
import { isAbsolute, sep } from 'node:path'
import {
  changedPaths,
  listWorktrees,
  mergeBase,
  mergeTrees,
  type Oid,
  resolveCommit,
  withFolderOf,
} from '@nx-conduct/git'
import { type Phase, phasesFolder } from '@nx-conduct/spec'
import type { Escalation } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { SetupFailed } from '../checkouts/setup.ts'
import { type GateReport, prove } from '../gates/prove.ts'
import { phaseGates } from '../gates/required.ts'
import type { StepFailure, StepOutcome } from '../step/outcome.ts'
import { performStep } from '../step/perform-step.ts'
import { stepGraph } from '../step/step-graph.ts'
import type { Base } from '../steps/worktrees.ts'
import type { RunContext } from './context.ts'
import { snapshotOfLeft } from './left-worktree.ts'
import { provenBase, readinessOf } from './phase-start.ts'
import { ConductProblem } from './problem.ts'
import { phaseNamed } from './redo.ts'
import { asPhaseTree, takeIn } from './take-in.ts'
import { inRepository } from './workspace.ts'

export interface HandInOptions {
  /** Id or slug of the phase. */
  readonly phase: string
  /** A worktree of ours, or a ref or commit. Default: the worktree that the phase's newest failure left. */
  readonly from?: string
}

/** What a person's work came to. */
export interface HandedInWork {
  readonly phase: Phase
  /** Where it was taken from. */
  readonly from: string
  readonly commit: Oid
  /** Paths that differ from the phase's base, of the workspace. */
  readonly changed: readonly string[]
  /** Paths of the spec's folder that differed: they are no part of a phase. */
  readonly leftOut: readonly string[]
  readonly end:
    | { readonly kind: 'complete' }
    /** Agents may work on it, or the person fixes it further. */
    | { readonly kind: 'red'; readonly failed: readonly GateReport[] }
    | { readonly kind: 'setup'; readonly failure: SetupFailed }
    | { readonly kind: 'not-accepted'; readonly outcome: Exclude<StepOutcome, { readonly kind: 'accepted' }> }
}

/**
 * Takes a person's work as what a phase starts with: records it, checks all gates on it, and completes the phase where they pass.
 * No agent runs, and nothing is spent. Files and refs of the person's stay as they are. Throws `ConductProblem`, and has recorded nothing
 * then, when there is nothing to take or it cannot be the phase's.
 */
export async function handIn(run: RunContext, { phase: wanted, from }: HandInOptions): Promise<HandedInWork> {
  const context: AgentContext = { ...run, agents: { ...run.agents, mayRun: false } }
  const phase = phaseNamed(context, wanted)
  try {
    await refuseUnready(context, phase)
    const graph = stepGraph(context, { isOwn: () => true })
    const base = await provenBase(context, graph, phase)
    if ('kind' in base) throw notReady(context, base)
    const taken = await take(context, phase, from)
    const fitted = await fit(context, phase, base, taken)
    const { plan } = context
    const { tree } = fitted
    const commit = await takeIn(context, { phase, base, tree, taken: taken.tree, from: taken.from })
    const work = { phase, from: taken.from, commit, changed: fitted.changed, leftOut: fitted.leftOut }
    const gates = phaseGates(plan, phase, base.tree)
    try {
      const place = { step: 'validate', phase: phase.id } as const
      const { failed } = await prove(context, { place, gates, tree, commit })
      if (failed.length > 0) return { ...work, end: { kind: 'red', failed } }
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error
      return { ...work, end: { kind: 'setup', failure: error } }
    }
    const outcome = await performStep(context, graph, { step: 'checkpoint', phase: phase.slug })
    return { ...work, end: outcome.kind === 'accepted' ? { kind: 'complete' } : { kind: 'not-accepted', outcome } }
  } finally {
    await context.checkouts.close()
  }
}

async function refuseUnready(context: AgentContext, phase: Phase): Promise<void> {
  const { name } = context.plan
  const readiness = await readinessOf(context, phase)
  switch (readiness.kind) {
    case 'ready':
      return
    case 'complete':
      throw new ConductProblem(
        'hand-in',
        `phase ${phase.id} is complete already; nothing was taken`,
        `To replace what it is: npx nx run ${name}:redo --phase=${phase.id} – and then the same command again`,
      )
    case 'waits':
      throw new ConductProblem(
        'hand-in',
        `phase ${phase.id} depends on ${readiness.phases.map(({ id }) => `phase ${id}`).join(', ')}, not complete yet: there is nothing to check it on; nothing was taken`,
        `Run: npx nx run ${name}:conduct – and after that the same command again; your work stays where it is`,
      )
    default:
      return readiness satisfies never
  }
}

function notReady({ plan }: AgentContext, { message, hint }: StepFailure): ConductProblem {
  return new ConductProblem('hand-in', message, hint ?? `Run: npx nx run ${plan.name}:conduct`)
}

interface Taken {
  readonly from: string
  readonly tree: Oid
  /** What it was made from. */
  readonly start: Oid
  readonly leftOut: readonly string[]
}

async function take(context: AgentContext, phase: Phase, from: string | undefined): Promise<Taken> {
  const escalation = await newestEscalation(context, phase)
  const place = from ?? escalation?.worktree
  const branch = `phase-${phase.slug}-fixed`
  const byBranch = `Commit it on a branch, e.g. with: git switch --create ${branch} – and then run: npx nx run ${context.plan.name}:hand-in --phase=${phase.id} --from=${branch}`
  if (place === undefined) {
    throw new ConductProblem('hand-in', `phase ${phase.id} has left no worktree to take work from`, byBranch)
  }
  const { repository, objects } = context.workspace
  // A folder of the workspace may be called as a branch is.
  const commit = isAbsolute(place) || place.startsWith('.') ? undefined : await resolveCommit(repository, place)
  if (commit !== undefined) return { from: place, tree: await objects.treeOf(commit), start: commit, leftOut: [] }
  const folder = await realpath(place).catch(() => undefined)
  if (folder !== undefined) return takeFolder(context, { folder, escalation, byBranch })
  throw new ConductProblem(
    'hand-in',
    from === undefined
      ? `the worktree that phase ${phase.id} left is gone: ${place}`
      : `${from} is neither a folder nor a ref of this repository`,
    byBranch,
  )
}

async function newestEscalation({ log, run }: AgentContext, phase: Phase): Promise<Escalation | undefined> {
  const { runs } = await log.state()
  const others = Object.values(runs).toSorted((one, other) => (one.openedAt < other.openedAt ? 1 : -1))
  const inOrder = [...(runs[run.id] ? [runs[run.id]] : []), ...others]
  return inOrder.flatMap((each) => each?.escalated[phase.id] ?? [])[0]?.escalation
}

async function takeFolder(
  { workspace }: AgentContext,
  { folder, escalation, byBranch }: { folder: string; escalation: Escalation | undefined; byBranch: string },
): Promise<Taken> {
  const { repository, objects } = workspace
  const worktrees = await listWorktrees(repository)
  const worktree = worktrees.find(({ path }) => folder === path || folder.startsWith(`${path}${sep}`))
  if (worktree?.owner === undefined || worktree.commit === undefined) {
    throw new ConductProblem(
      'hand-in',
      worktree === undefined
        ? `${folder} is no worktree of this repository`
        : `${folder} is a working tree of yours: files in it that nobody committed are not taken`,
      byBranch,
    )
  }
  const isOfFailure = escalation !== undefined && (await realpath(escalation.worktree).catch(() => '')) === folder
  const base = isOfFailure ? escalation.tree : await objects.treeOf(worktree.commit)
  const outcome = await snapshotOfLeft(workspace, { top: worktree.path, base })
  if (outcome.kind === 'refused') {
    throw new ConductProblem(
      'hand-in',
      `what is in ${folder} may not enter a commit: ${outcome.problems.map(({ path, why }) => `${path} (${why})`).join('; ')}`,
      'Remove it or have git ignore it, and run the same command again',
    )
  }
  const ofSpec = outcome.discarded.filter((path) =>
    path.startsWith(`${inRepository(workspace, workspace.specFolder)}/`),
  )
  return { from: folder, tree: outcome.tree, start: worktree.commit, leftOut: [...ofSpec, ...outcome.leftOut] }
}

/** The work on the phase's base, as the phase's tree: without changes of the spec, with the entry that names the phase. */
async function fit(
  context: AgentContext,
  phase: Phase,
  base: Base,
  { from, tree, start, leftOut }: Taken,
): Promise<{ readonly tree: Oid; readonly changed: readonly string[]; readonly leftOut: readonly string[] }> {
  const { workspace } = context
  const { repository, objects } = workspace
  const shared = await mergeBase(repository, start, base.commit)
  if (shared === undefined) {
    throw new ConductProblem(
      'hand-in',
      `${from} has no commit in common with the phase's base ${base.commit.slice(0, 12)}`,
      `Start from it: git switch --create my-fix ${base.commit.slice(0, 12)}`,
    )
  }
  const specFolder = inRepository(workspace, workspace.specFolder)
  const before = await objects.treeOf(shared)
  const own = await withFolderOf(repository, tree, { from: before, folder: specFolder })
  const merged = await mergeTrees(repository, { base: before, ours: base.tree, theirs: own })
  if (merged.kind === 'conflict') {
    throw new ConductProblem(
      'hand-in',
      `${from} does not merge with the phase's base ${base.commit.slice(0, 12)}: ${merged.paths.join(', ')}`,
      `Merge or rebase it there onto ${base.commit.slice(0, 12)}, and run the same command again`,
    )
  }
  const fitted = await asPhaseTree(context, phase, base, merged.tree)
  if (fitted.kind === 'unfit') {
    throw new ConductProblem('hand-in', fitted.why, `${fitted.hint}, and run the same command again`)
  }
  const ofSpec = await changedPaths(repository, own, tree)
  return {
    tree: fitted.tree,
    changed: fitted.changed,
    leftOut: [...new Set([...leftOut, ...ofSpec.map(({ path }) => path)])].filter(
      (path) => !path.startsWith(`${inRepository(workspace, phasesFolder(workspace.specFolder))}/`),
    ),
  }
}
