import { commitTree, listRefs, pushRefs, readRef, updateRef } from '@nx-conduct/git'
import { ancestorsOf, digestOf, epochName, type Phase } from '@nx-conduct/spec'
import type { RaisedEpoch } from '@nx-conduct/store'
import { satisfiedPhases } from '../reuse/built.ts'
import { epochOf } from '../step/keys.ts'
import { recordOrThrow } from '../step/record.ts'
import { checkpointRef } from '../steps/checkpoint.ts'
import type { Conduct } from './conduct.ts'
import { conductIdentity } from './identity.ts'
import { ConductProblem } from './problem.ts'

export interface Redone {
  /** Phases that will be built again, in the order of the spec. */
  readonly phases: readonly Phase[]
  /** Where their accepted commits are kept. */
  readonly kept: readonly { readonly phase: string; readonly ref: string; readonly commit: string }[]
}

/**
 * Has a phase, and all that stand on it, built again: their epochs are raised, so that nothing of theirs is served from a
 * cache, on this machine or another. Deletes nothing. Throws `ConductProblem` when the user's branch holds one of them.
 */
export async function redo(conduct: Conduct, wanted: string): Promise<Redone> {
  const phase = phaseNamed(conduct, wanted)
  return raise(conduct, [phase, ...dependants(conduct, phase)], `redo of phase ${phase.id}`)
}

/**
 * Goes back to a checkpoint: every phase that it is not made of is built again. `to` is a phase's id, `phase-<id>`, or
 * (the beginning of) a checkpoint's commit. Throws `ConductProblem`.
 */
export async function rollback(conduct: Conduct, to: string): Promise<Redone & { readonly to: Phase }> {
  const phase = await checkpointNamed(conduct, to)
  const kept = new Set([phase.id, ...ancestorsOf(conduct.plan, phase.id).map(({ id }) => id)])
  const phases = conduct.plan.phases.filter(({ id }) => !kept.has(id))
  return { to: phase, ...(await raise(conduct, phases, `rollback to phase ${phase.id}`)) }
}

async function raise(conduct: Conduct, phases: readonly Phase[], why: string): Promise<Redone> {
  await refuseBuilt(conduct, phases)
  const { plan, repository } = conduct
  const state = await conduct.log.state()
  const accepted: Redone['kept'][number][] = []
  const raised: RaisedEpoch[] = []
  for (const phase of phases) {
    const commit = await readRef(repository, checkpointRef(plan.name, phase.slug))
    const archive = `refs/conduct/${plan.name}/archive/${phase.slug}-${commit?.slice(0, 12)}`
    const epoch = { phase: phase.id, name: epochName(plan, phase), epoch: epochOf(plan, state, phase) + 1 }
    raised.push(commit === undefined ? epoch : { ...epoch, archive })
    if (commit !== undefined) accepted.push({ phase: phase.id, ref: archive, commit })
  }
  if (raised.length === 0) return { phases, kept: [] }
  for (const { ref, commit } of accepted) await updateRef(repository, ref, commit, { reason: `conduct: ${why}` })
  // Before the log says it: a process killed in between has Nx ask once too often, and never too seldom.
  await markEpochs(conduct, raised, why)
  const body = { type: 'epochs.raised', why, raised } as const
  await recordOrThrow(conduct.log, {
    operationId: digestOf(body),
    body,
    commits: accepted.map(({ commit }) => commit),
  })
  for (const phase of phases) {
    const kept = accepted.find((each) => each.phase === phase.id)
    if (!kept) continue
    await updateRef(repository, checkpointRef(plan.name, phase.slug), undefined, {
      expected: kept.commit,
      reason: `conduct: ${why}; kept at ${kept.ref}`,
    })
  }
  return { phases, kept: accepted }
}

/** The refs that enter Nx's hash, here and at the remote: each attempt gives them values that they never had. */
async function markEpochs(conduct: Conduct, raised: readonly RaisedEpoch[], why: string): Promise<void> {
  const { plan, repository, run, clock } = conduct
  const at = clock.now().toISOString()
  const marks: { readonly ref: string; readonly oid: string }[] = []
  for (const { name, phase, epoch } of raised) {
    const oid = await commitTree(repository, {
      tree: run.head.tree,
      parents: [],
      message: `Epoch ${epoch} of phase ${phase}: ${why}, ${at}\n`,
      author: conductIdentity,
      at,
    })
    const ref = `refs/conduct/${plan.name}/epoch/${name}`
    await updateRef(repository, ref, oid, { reason: `conduct: ${why}` })
    marks.push({ ref, oid })
  }
  if (plan.settings.remote !== undefined) await pushRefs(repository, plan.settings.remote, marks)
}

/** What is merged is the user's: it is undone with git, and said how. */
async function refuseBuilt(conduct: Conduct, phases: readonly Phase[]): Promise<void> {
  const built = satisfiedPhases(conduct.plan, await conduct.facts.built(conduct.run.head.tree))
  const merged = phases.filter(({ slug }) => built.has(slug))
  if (merged.length === 0) return
  const state = await conduct.log.state()
  const commits = [...merged].reverse().flatMap((phase) => {
    const accepted = Object.values(state.runs).flatMap(({ complete }) => {
      const result = complete[phase.id]
      return result && !result.satisfied && result.slice === phase.digest ? [result.commit] : []
    })
    return accepted.at(-1) ?? []
  })
  throw new ConductProblem(
    'already-merged',
    `${conduct.run.head.branch ?? 'HEAD'} holds ${merged.map(({ id }) => `phase ${id}`).join(', ')} already; that is yours, and nothing was changed`,
    `Undo with git, then redo: git revert --no-edit ${commits.length > 0 ? commits.map((commit) => commit.slice(0, 12)).join(' ') : '<the commits of these phases>'}`,
  )
}

function dependants(conduct: Conduct, phase: Phase): readonly Phase[] {
  return conduct.plan.phases.filter((other) => ancestorsOf(conduct.plan, other.id).some(({ id }) => id === phase.id))
}

function phaseNamed(conduct: Conduct, wanted: string): Phase {
  const name = wanted.replace(/^phase[- ]/i, '')
  const phase = conduct.plan.phases.find(({ id, slug }) => id === name || slug === name)
  if (phase) return phase
  throw new ConductProblem(
    'unknown-phase',
    `there is no phase ${wanted}; the spec has ${conduct.plan.phases.map(({ id }) => id).join(', ')}`,
    `Look at them with: npx nx run ${conduct.plan.name}:status`,
  )
}

async function checkpointNamed(conduct: Conduct, to: string): Promise<Phase> {
  if (/^[0-9a-f]{7,64}$/.test(to)) {
    const prefix = `refs/conduct/${conduct.plan.name}/checkpoint/`
    const refs = await listRefs(conduct.repository, prefix)
    const slug = refs.find(({ oid }) => oid.startsWith(to))?.ref.slice(prefix.length)
    const phase = conduct.plan.phases.find((each) => each.slug === slug)
    if (phase) return phase
  }
  return phaseNamed(conduct, to)
}
