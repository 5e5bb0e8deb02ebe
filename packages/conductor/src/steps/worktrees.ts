import { commitTree, mergeBase, type Oid } from '@nx-conduct/git'
import { ancestorsOf, type Phase } from '@nx-conduct/spec'
import type { Lease } from '@nx-conduct/store'
import { type Adopted, adopt, findAdoptable } from '../adopt.ts'
import { type Artifact, readArtifact } from '../artifact.ts'
import { satisfiedPhases } from '../built.ts'
import { checkOut } from '../checkout.ts'
import type { Conduct } from '../conduct.ts'
import { regressionGates } from '../gates/required.ts'
import { proveAndHeal } from '../heal.ts'
import { conductIdentity } from '../identity.ts'
import { implementKey, type KeyInputs, proofKey } from '../keys.ts'
import { merge } from '../merge.ts'
import { once } from '../once.ts'
import type { Performed, PerformedResult } from '../outcome.ts'
import type { PreparedCheckouts } from '../prepared.ts'
import { onto } from '../run.ts'

/** Finds the phase's base commit, merging its parents where it has several, and prepares its modules' worktrees. */
export async function worktrees(
  conduct: Conduct,
  phase: Phase,
  keys: KeyInputs,
  prepared: PreparedCheckouts,
): Promise<Performed> {
  const start = await startOf(conduct, phase, keys)
  if (start.kind === 'failed') return start
  const satisfied = satisfiedPhases(conduct.plan, await conduct.facts.built(start.tree)).has(phase.slug)
  const adopted = satisfied ? undefined : await tryAdopt(conduct, phase, keys, start)
  if (!satisfied && !adopted) await prepare(conduct, phase, keys, start, prepared)
  return {
    ...start,
    source: satisfied ? 'satisfied' : start.source,
    details: { ...start.details, satisfied, ...(adopted ? { adopted } : {}) },
    summary: satisfied
      ? `satisfied: ${start.commit.slice(0, 7)} holds it`
      : adopted
        ? `base ${start.commit.slice(0, 7)}; the result of an earlier run, ${adopted.from.slice(0, 7)}, is adopted`
        : `base ${start.commit.slice(0, 7)}`,
  }
}

async function startOf(conduct: Conduct, phase: Phase, keys: KeyInputs): Promise<Performed> {
  const parents = conduct.plan.phases.filter((other) => phase.dependsOn.includes(other.id))
  const artifacts: { readonly phase: Phase; readonly artifact: Artifact }[] = []
  for (const parent of parents) {
    const artifact = await readArtifact(conduct, { step: 'validate', phase: parent.slug })
    const commit = await onto(conduct, artifact.commit)
    artifacts.push({ phase: parent, artifact: { ...artifact, commit } })
  }
  const [first, ...others] = artifacts
  if (!first) return result({ ...conduct.run.base })
  return others.length === 0 ? result(first.artifact) : join(conduct, phase, keys, artifacts)
}

/** The merge of several parents, proven with the tests of all that it is made of. */
export async function join(
  conduct: Conduct,
  phase: Phase,
  keys: KeyInputs,
  parents: readonly { readonly phase: Phase; readonly artifact: Artifact }[],
): Promise<Performed> {
  const distinct = [...new Map(parents.map((parent) => [parent.artifact.commit, parent])).values()]
  const [first, ...others] = distinct
  if (!first) throw new Error('a join needs a parent')
  if (others.length === 0) return result(first.artifact)
  const gates = regressionGates(ancestorsOf(conduct.plan, phase.id))
  const key = proofKey(keys, 'join', first.artifact.tree, [
    ...gates,
    ...distinct.map(({ artifact }) => ({ gate: 'parent', rule: artifact.commit })),
  ])
  const place = { step: 'worktrees', phase: phase.id } as const
  return once(conduct, { place, key }, async (lease) => {
    let { tree } = first.artifact
    let { commit } = first.artifact
    let names = `phase ${first.phase.id}`
    for (const { phase: parent, artifact } of others) {
      const base = await mergeBase(conduct.repository, commit, artifact.commit)
      const merged = await merge(conduct, {
        place,
        phase,
        stepKey: key,
        base: base === undefined ? conduct.run.base.tree : await conduct.facts.treeOf(base),
        ours: { tree, label: names },
        theirs: { tree: artifact.tree, label: `phase ${parent.id}` },
        parents: [commit, artifact.commit],
        lease,
      })
      if (merged.kind === 'failed') return merged
      names += ` and phase ${parent.id}`
      tree = merged.tree
      commit = await commitTree(conduct.repository, {
        tree,
        parents: [commit, artifact.commit],
        message: `Join ${names}\n`,
        author: conductIdentity,
        at: conduct.clock.now().toISOString(),
      })
    }
    return proveJoin(conduct, { phase, key, gates, tree, commit, lease })
  })
}

async function proveJoin(
  conduct: Conduct,
  at: { phase: Phase; key: string; gates: ReturnType<typeof regressionGates>; tree: Oid; commit: Oid; lease: Lease },
): Promise<Performed> {
  const healed = await proveAndHeal(conduct, {
    place: { step: 'worktrees', phase: at.phase.id },
    phase: at.phase,
    stepKey: at.key,
    gates: at.gates,
    commit: at.commit,
    tree: at.tree,
    roundsUsed: 0,
    lease: at.lease,
  })
  if (healed.kind === 'escalated') {
    const { escalation } = healed
    return {
      kind: 'failed',
      reason: 'escalated',
      message: `the join before phase ${at.phase.id}: ${escalation.what}`,
      escalation,
    }
  }
  return result(healed)
}

function result({ commit, tree }: { readonly commit: Oid; readonly tree: Oid }): PerformedResult {
  return { kind: 'result', source: 'executed', commit, tree, details: {}, summary: `base ${commit.slice(0, 7)}` }
}

/** Before anything is bought: what is known by its key needs no adoption, and what was accepted before is not bought again. */
async function tryAdopt(
  conduct: Conduct,
  phase: Phase,
  keys: KeyInputs,
  base: PerformedResult,
): Promise<Adopted | undefined> {
  const state = await conduct.log.state()
  const bare = await conduct.facts.bare(base.tree)
  if (phase.modules.every((module) => state.steps[implementKey(keys, module, bare)]?.status === 'accepted'))
    return undefined
  const from = await findAdoptable(conduct, state, phase)
  return from === undefined ? undefined : adopt(conduct, phase, from, base)
}

/** All worktrees of a phase stand before its first agent starts: git does not add worktrees well beside other work. */
async function prepare(
  conduct: Conduct,
  phase: Phase,
  keys: KeyInputs,
  base: PerformedResult,
  prepared: PreparedCheckouts,
): Promise<void> {
  const { steps } = await conduct.log.state()
  const bare = await conduct.facts.bare(base.tree)
  for (const module of phase.modules) {
    if (steps[implementKey(keys, module, bare)]?.status === 'accepted') continue
    await prepared.put(phase.slug, module.slug, await checkOut(conduct, `${phase.slug}-${module.slug}`, base.commit))
  }
}

/** Top-level folders of a tree. */
export async function foldersOf(conduct: Conduct, tree: Oid): Promise<ReadonlySet<string>> {
  const files = await conduct.facts.files(tree)
  return new Set(files.flatMap((file) => (file.includes('/') ? [file.slice(0, file.indexOf('/'))] : [])))
}
