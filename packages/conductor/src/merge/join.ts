import { commitTree, mergeBase, type Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import { proveAndHeal } from '../gates/heal.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Performed } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { merge } from './merge.ts'

/** The accepted work of a phase. */
export interface Part {
  readonly phase: Phase
  readonly commit: Oid
  readonly tree: Oid
}

/** Phases' work that is to stand together: what none of the others holds already, in the order of the spec. */
export interface Joint {
  readonly parts: readonly [Part, ...Part[]]
  /** For each part but the first: the tree that it and those before it have in common. */
  readonly bases: readonly Oid[]
}

/** What has to be merged of several phases' work. */
export async function jointOf(conduct: Conduct, all: readonly [Part, ...Part[]]): Promise<Joint> {
  const distinct = [...new Map(all.map((part) => [part.commit, part])).values()]
  const parts: Part[] = []
  for (const part of distinct) {
    const others = distinct.filter((other) => other !== part)
    const held = await Promise.all(others.map((other) => conduct.facts.isAncestor(part.commit, other.commit)))
    if (!held.includes(true)) parts.push(part)
  }
  const [first, ...others] = parts
  if (!first) throw new Error('commits cannot all be ancestors of each other')
  const bases: Oid[] = []
  const before: Oid[] = [first.commit]
  for (const { commit } of others) {
    const base = await mergeBase(conduct.repository, commit, ...before)
    bases.push(base === undefined ? conduct.run.base.tree : await conduct.facts.treeOf(base))
    before.push(commit)
  }
  return { parts: [first, ...others], bases }
}

export interface JoinRequest {
  readonly place: StepPlace
  /** Whose tasks a fixing agent gets. */
  readonly phase: Phase
  /** What sessions are bought under. */
  readonly key: string
  readonly joint: Joint
  readonly gates: readonly RequiredGate[]
  /** Check gates again although evidence for the tree is there. */
  readonly afresh?: boolean
  readonly lease: HeldLease
}

/** Merges phases' work and proves the result. What was mended on the way is part of the one commit that joins them. */
export async function joinAndProve(conduct: Conduct, request: JoinRequest): Promise<Performed> {
  const merged = await mergeParts(conduct, request)
  if (merged.kind === 'failed') return merged
  const { place, phase, key, joint, gates, afresh, lease } = request
  const commit = await joined(conduct, joint, merged.tree)
  const healed = await proveAndHeal(conduct, {
    place,
    phase,
    stepKey: key,
    gates,
    commit,
    tree: merged.tree,
    roundsUsed: 0,
    ...(afresh === undefined ? {} : { afresh }),
    lease,
  })
  if (healed.kind === 'escalated') {
    const { escalation } = healed
    return { kind: 'failed', reason: 'escalated', message: escalation.what, escalation }
  }
  const { tree } = healed
  const proven = joint.parts.length === 1 || tree === merged.tree ? healed.commit : await joined(conduct, joint, tree)
  return { kind: 'result', source: 'executed', commit: proven, tree, details: {}, summary: '' }
}

/** The commit that carries a joint's tree: the only part's own, or one whose parents are all of them. */
export async function joined(conduct: Conduct, { parts }: Joint, tree: Oid): Promise<Oid> {
  const [only, ...others] = parts
  if (others.length === 0) return only.commit
  return commitTree(conduct.repository, {
    tree,
    parents: parts.map(({ commit }) => commit),
    message: `Join ${namesOf(parts)}\n`,
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
}

async function mergeParts(
  conduct: Conduct,
  { place, phase, key, joint, lease }: JoinRequest,
): Promise<{ readonly kind: 'merged'; readonly tree: Oid } | Extract<Performed, { kind: 'failed' }>> {
  const [first, ...others] = joint.parts
  let { tree } = first
  for (const [index, part] of others.entries()) {
    const before = joint.parts.slice(0, index + 1)
    const merged = await merge(conduct, {
      place,
      phase,
      stepKey: key,
      base: joint.bases[index] ?? conduct.run.base.tree,
      ours: { tree, label: namesOf(before) },
      theirs: { tree: part.tree, label: namesOf([part]) },
      parents: [...before, part].map(({ commit }) => commit),
      lease,
    })
    if (merged.kind === 'failed') return merged
    tree = merged.tree
  }
  return { kind: 'merged', tree }
}

function namesOf(parts: readonly Part[]): string {
  return parts.map(({ phase }) => `phase ${phase.id}`).join(' and ')
}
