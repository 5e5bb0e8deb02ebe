import type { Oid } from '@nx-conduct/git'
import { ancestorsOf, type Phase } from '@nx-conduct/spec'
import { checkOut } from '../checkouts/checkout.ts'
import type { PreparedCheckouts } from '../checkouts/prepared.ts'
import { regressionGates } from '../gates/required.ts'
import { type Joint, joinAndProve, joined, jointOf, type Part } from '../merge/join.ts'
import { type Adopted, adopt, findAdoptable } from '../reuse/adopt.ts'
import { satisfiedPhases } from '../reuse/built.ts'
import type { Conduct } from '../run/conduct.ts'
import { onto } from '../run/find-run.ts'
import { readArtifact } from '../step/artifact.ts'
import { implementKey, joinKey, type KeyInputs } from '../step/keys.ts'
import type { Performed, PerformedResult } from '../step/outcome.ts'
import { once } from '../step/record-once.ts'

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

/** The base of a phase: the run's, its parent's, or the merge of its parents, proven with the tests of all it is made of. */
async function startOf(conduct: Conduct, phase: Phase, keys: KeyInputs): Promise<Performed> {
  const parents: Part[] = []
  for (const parent of conduct.plan.phases.filter(({ id }) => phase.dependsOn.includes(id))) {
    const { tree, commit } = await readArtifact(conduct, { step: 'validate', phase: parent.slug })
    parents.push({ phase: parent, tree, commit: await onto(conduct, commit) })
  }
  const [first, ...others] = parents
  if (!first) return result({ ...conduct.run.base })
  const joint = await jointOf(conduct, [first, ...others])
  return joint.parts.length === 1 ? result(joint.parts[0]) : join(conduct, phase, keys, joint)
}

async function join(conduct: Conduct, phase: Phase, keys: KeyInputs, joint: Joint): Promise<Performed> {
  const gates = regressionGates(ancestorsOf(conduct.plan, phase.id))
  const key = joinKey(keys, 'join', joint, gates)
  const place = { step: 'worktrees', phase: phase.id } as const
  const performed = await once(conduct, { place, key }, (lease) =>
    joinAndProve(conduct, { place, phase, key, joint, gates, lease }),
  )
  if (performed.kind === 'failed') {
    return { ...performed, message: `the join before phase ${phase.id}: ${performed.message}` }
  }
  const { parents } = await conduct.facts.commit(performed.commit)
  const ours = joint.parts.map(({ commit }) => commit)
  return parents.join() === ours.join()
    ? result(performed)
    : result({ tree: performed.tree, commit: await joined(conduct, joint, performed.tree) })
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
