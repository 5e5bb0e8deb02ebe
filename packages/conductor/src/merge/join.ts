import { commitTree, mergeBase, type Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { escalatedFailure, proveAndFix } from '../gates/prove-and-fix.ts'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { type Merged, merge } from './merge.ts'
import { type MergedWithLockfiles, mergeWithLockfiles } from './merge-lockfiles.ts'

/** The accepted work of a phase, based on the run's base. */
export interface AcceptedPhase {
  readonly phase: Phase
  readonly commit: Oid
  readonly tree: Oid
}

/** Phases whose work is merged: what none of the others contains already, in the order of the spec. */
export interface PhaseJoin {
  readonly parts: readonly [AcceptedPhase, ...AcceptedPhase[]]
  /** For each part but the first: the tree that it and those before it have in common. */
  readonly bases: readonly Oid[]
}

/** What has to be merged of several phases' work. */
export async function joinOf(
  { workspace, run }: Pick<RunContext, 'workspace' | 'run'>,
  all: readonly [AcceptedPhase, ...AcceptedPhase[]],
): Promise<PhaseJoin> {
  const { objects, repository } = workspace
  const distinct = [...new Map(all.map((part) => [part.commit, part])).values()]
  const parts: AcceptedPhase[] = []
  for (const part of distinct) {
    const others = distinct.filter((other) => other !== part)
    const contained = await Promise.all(others.map((other) => objects.isAncestor(part.commit, other.commit)))
    if (!contained.includes(true)) parts.push(part)
  }
  const [first, ...others] = parts
  if (!first) throw new Error('commits cannot all be ancestors of each other')
  const bases: Oid[] = []
  const before: Oid[] = [first.commit]
  for (const { commit } of others) {
    const base = await mergeBase(repository, commit, ...before)
    bases.push(base === undefined ? run.base.tree : await objects.treeOf(base))
    before.push(commit)
  }
  return { parts: [first, ...others], bases }
}

export interface JoinRequest {
  readonly place: StepPlace
  /** Whose tasks a fixing agent gets. */
  readonly phase: Phase
  /** What sessions are recorded under. */
  readonly key: string
  readonly join: PhaseJoin
  readonly gates: readonly RequiredGate[]
  /** Check gates again although the log has evidence for the tree. */
  readonly afresh?: boolean
  readonly lease: HeldLease
}

export interface Joined {
  readonly kind: 'joined'
  readonly commit: Oid
  readonly tree: Oid
}

/** Merges phases' work and proves the result. What was fixed on the way is part of the one commit that joins them. */
export async function joinAndProve(context: AgentContext, request: JoinRequest): Promise<Joined | StepFailure> {
  const merged = await mergeParts(context, request)
  if (merged.kind === 'failed') return merged
  const { place, phase, key, join, gates, afresh, lease } = request
  const proven = await proveAndFix(context, {
    place,
    phase,
    stepKey: key,
    gates,
    commit: await joinCommit(context, join, merged.tree),
    tree: merged.tree,
    bases: join.parts.map((part) => part.commit),
    roundsUsed: 0,
    ...(afresh === undefined ? {} : { afresh }),
    lease,
  })
  if (proven.kind === 'escalated') return escalatedFailure(proven.escalation)
  const { tree } = proven
  const isAsMerged = join.parts.length === 1 || tree === merged.tree
  return { kind: 'joined', tree, commit: isAsMerged ? proven.commit : await joinCommit(context, join, tree) }
}

/**
 * The commit that carries the tree of a join: the only part's own, or one whose parents are all of them. It has the date of
 * its youngest parent, so that every process makes the same one.
 */
export async function joinCommit(
  { workspace }: Pick<RunContext, 'workspace'>,
  { parts }: PhaseJoin,
  tree: Oid,
): Promise<Oid> {
  const [only, ...others] = parts
  if (others.length === 0) return only.commit
  const dates = await Promise.all(parts.map(async ({ commit }) => (await workspace.objects.commit(commit)).at))
  return commitTree(workspace.repository, {
    tree,
    parents: parts.map(({ commit }) => commit),
    message: `Join ${namesOf(parts)}\n`,
    author: conductIdentity,
    at: dates.reduce((one, other) => (Date.parse(one) < Date.parse(other) ? other : one)),
  })
}

function mergeParts(context: AgentContext, request: JoinRequest): Promise<MergedWithLockfiles> {
  const { phase, join } = request
  const trees = join.parts.map(({ tree }) => tree)
  return mergeWithLockfiles(context, {
    merge: (isMadeAgain) => mergeInOrder(context, request, isMadeAgain),
    sides: [...join.bases, ...trees],
    // Each of them passed its gates.
    trusted: trees,
    parents: join.parts.map(({ commit }) => commit),
    label: `${phase.slug}-lockfiles`,
  })
}

async function mergeInOrder(
  context: AgentContext,
  { place, phase, key, join, lease }: JoinRequest,
  isMadeAgain: (path: string) => boolean,
): Promise<Merged> {
  const [first, ...others] = join.parts
  const synthesised: string[] = []
  const settled: string[] = []
  let { tree } = first
  for (const [index, part] of others.entries()) {
    const before = join.parts.slice(0, index + 1)
    const merged = await merge(context, {
      place,
      phase,
      stepKey: key,
      base: join.bases[index] ?? context.run.base.tree,
      ours: { tree, label: namesOf(before) },
      theirs: { tree: part.tree, label: namesOf([part]) },
      parents: [...before, part].map(({ commit }) => commit),
      isMadeAgain,
      lease,
    })
    if (merged.kind === 'failed') return merged
    synthesised.push(...merged.synthesised)
    settled.push(...merged.settled)
    tree = merged.tree
  }
  return { kind: 'merged', tree, synthesised, settled }
}

function namesOf(parts: readonly AcceptedPhase[]): string {
  return parts.map(({ phase }) => `phase ${phase.id}`).join(' and ')
}
