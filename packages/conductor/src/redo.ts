import { commitTree, listRefs, pushRefs, readRef, updateRef } from '@nx-conduct/git'
import { ancestorsOf, type Phase } from '@nx-conduct/spec'
import { satisfiedPhases } from './built.ts'
import type { Conduct } from './conduct.ts'
import { conductIdentity } from './identity.ts'
import { ConductProblem } from './problem.ts'
import { recordOrThrow } from './record.ts'
import { checkpointRef } from './steps/checkpoint.ts'

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
  const state = await conduct.log.state()
  const kept: Redone['kept'][number][] = []
  const marks: { readonly ref: string; readonly oid: string }[] = []
  for (const phase of phases) {
    const epoch = (state.epochs[phase.id] ?? 0) + 1
    const commit = await readRef(conduct.repository, checkpointRef(conduct.plan.name, phase.slug))
    const ref =
      commit === undefined ? undefined : `refs/conduct/${conduct.plan.name}/archive/epoch-${epoch - 1}/${phase.slug}`
    if (commit !== undefined && ref !== undefined) {
      await updateRef(conduct.repository, ref, commit, { reason: `conduct: ${why}` })
      kept.push({ phase: phase.id, ref, commit })
    }
    await recordOrThrow(conduct.log, {
      operationId: `epoch.raised:${phase.id}:${epoch}`,
      body: { type: 'epoch.raised', phase: phase.id, epoch, why, ...(ref === undefined ? {} : { archive: ref }) },
      ...(commit === undefined ? {} : { commits: [commit] }),
    })
    marks.push(await markEpoch(conduct, phase, epoch, why))
    if (commit !== undefined) {
      await updateRef(conduct.repository, checkpointRef(conduct.plan.name, phase.slug), undefined, {
        expected: commit,
        reason: `conduct: ${why}; kept at ${ref}`,
      })
    }
  }
  if (conduct.plan.settings.remote !== undefined)
    await pushRefs(conduct.repository, conduct.plan.settings.remote, marks)
  return { phases, kept }
}

/** The ref that enters Nx's hash: its value differs for every epoch. */
async function markEpoch(
  conduct: Conduct,
  phase: Phase,
  epoch: number,
  why: string,
): Promise<{ readonly ref: string; readonly oid: string }> {
  const oid = await commitTree(conduct.repository, {
    tree: conduct.run.head.tree,
    parents: [],
    message: `Epoch ${epoch} of phase ${phase.id}: ${why}\n`,
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
  const ref = `refs/conduct/${conduct.plan.name}/epoch/${phase.slug}`
  await updateRef(conduct.repository, ref, oid, { reason: `conduct: ${why}` })
  return { ref, oid }
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
