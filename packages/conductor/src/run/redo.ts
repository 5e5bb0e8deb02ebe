import { commitTree, listRefs, pushRefs, readRef, updateRef } from '@nx-conduct/git'
import { ancestorsOf, digestOf, epochName, type Phase, specRefs } from '@nx-conduct/spec'
import type { RaisedEpoch } from '@nx-conduct/store'
import { satisfiedPhases } from '../reuse/satisfied.ts'
import { epochOf } from '../step/keys.ts'
import { recordOrThrow } from '../step/record.ts'
import type { RunContext } from './context.ts'
import { conductIdentity } from './identity.ts'
import { ConductProblem } from './problem.ts'

type RedoContext = Pick<RunContext, 'workspace' | 'plan' | 'run' | 'log' | 'surroundings'>

export interface Redone {
  /** Phases that will be built again, in the order of the spec. */
  readonly phases: readonly Phase[]
  /** Where their accepted commits are kept. */
  readonly kept: readonly { readonly phase: string; readonly ref: string; readonly commit: string }[]
}

/**
 * Has a phase, and all that depend on it, built again: their epochs are raised, so that nothing of theirs is served from a
 * cache, on this machine or another. Deletes nothing. Throws `ConductProblem` when the user's branch holds one of them.
 */
export async function redo(context: RedoContext, wanted: string): Promise<Redone> {
  const phase = phaseNamed(context, wanted)
  return raiseEpochs(context, [phase, ...dependants(context, phase)], `redo of phase ${phase.id}`)
}

/**
 * Goes back to a checkpoint: every phase that it is not made of is built again. `to` is a phase's id, `phase-<id>`, or
 * (the beginning of) a checkpoint's commit. Throws `ConductProblem`.
 */
export async function rollback(context: RedoContext, to: string): Promise<Redone & { readonly to: Phase }> {
  const phase = await checkpointNamed(context, to)
  const kept = new Set([phase.id, ...ancestorsOf(context.plan, phase.id).map(({ id }) => id)])
  const phases = context.plan.phases.filter(({ id }) => !kept.has(id))
  return { to: phase, ...(await raiseEpochs(context, phases, `rollback to phase ${phase.id}`)) }
}

/** Has these phases built again. Throws `ConductProblem` when the user's branch holds one of them. */
export async function raiseEpochs(context: RedoContext, phases: readonly Phase[], why: string): Promise<Redone> {
  await refuseBuilt(context, phases)
  const { plan } = context
  const { repository } = context.workspace
  const state = await context.log.state()
  const accepted: Redone['kept'][number][] = []
  const raised: RaisedEpoch[] = []
  for (const phase of phases) {
    const commit = await readRef(repository, specRefs(plan.name).checkpoint(phase.slug))
    const archive = specRefs(plan.name).archive(`${phase.slug}-${commit?.slice(0, 12)}`)
    const epoch = { phase: phase.id, name: epochName(plan, phase), epoch: epochOf(plan, state, phase) + 1 }
    raised.push(commit === undefined ? epoch : { ...epoch, archive })
    if (commit !== undefined) accepted.push({ phase: phase.id, ref: archive, commit })
  }
  if (raised.length === 0) return { phases, kept: [] }
  for (const { ref, commit } of accepted) await updateRef(repository, ref, commit, { reason: `conduct: ${why}` })
  // Move refs first: a crash costs one cache miss, never a stale hit.
  await markEpochs(context, raised, why)
  const body = { type: 'epochs.raised', why, raised } as const
  await recordOrThrow(context.log, {
    operationId: digestOf(body),
    body,
    commits: accepted.map(({ commit }) => commit),
  })
  for (const phase of phases) {
    const kept = accepted.find((each) => each.phase === phase.id)
    if (!kept) continue
    await updateRef(repository, specRefs(plan.name).checkpoint(phase.slug), undefined, {
      expected: kept.commit,
      reason: `conduct: ${why}; kept at ${kept.ref}`,
    })
  }
  return { phases, kept: accepted }
}

/** Moves the refs that enter Nx's hash, here and at the remote, to objects that were never there. */
async function markEpochs(context: RedoContext, raised: readonly RaisedEpoch[], why: string): Promise<void> {
  const { plan, run } = context
  const { repository } = context.workspace
  const at = context.surroundings.clock.now().toISOString()
  const marks: { readonly ref: string; readonly oid: string }[] = []
  for (const { name, phase, epoch } of raised) {
    const oid = await commitTree(repository, {
      tree: run.base.tree,
      parents: [],
      message: `Epoch ${epoch} of phase ${phase}: ${why}, ${at}\n`,
      author: conductIdentity,
      at,
    })
    const ref = specRefs(plan.name).epoch(name)
    await updateRef(repository, ref, oid, { reason: `conduct: ${why}` })
    marks.push({ ref, oid })
  }
  if (plan.settings.remote !== undefined) await pushRefs(repository, plan.settings.remote, marks)
}

/** What is merged is the user's to undo with git; the error prints the command. */
async function refuseBuilt(context: RedoContext, phases: readonly Phase[]): Promise<void> {
  const built = satisfiedPhases(context.plan, await context.workspace.objects.built(context.run.base.tree))
  const merged = phases.filter(({ slug }) => built.has(slug))
  if (merged.length === 0) return
  const state = await context.log.state()
  const commits = [...merged].reverse().flatMap((phase) => {
    const accepted = Object.values(state.runs).flatMap(({ complete }) => {
      const result = complete[phase.id]
      return result && !result.satisfied && result.slice === phase.digest ? [result.commit] : []
    })
    return accepted.at(-1) ?? []
  })
  throw new ConductProblem(
    'already-merged',
    `${context.run.branch ?? 'HEAD'} holds ${merged.map(({ id }) => `phase ${id}`).join(', ')} already; that is yours, and nothing was changed`,
    `Undo with git, then redo: git revert --no-edit ${commits.length > 0 ? commits.map((commit) => commit.slice(0, 12)).join(' ') : '<the commits of these phases>'}`,
  )
}

function dependants(context: RedoContext, phase: Phase): readonly Phase[] {
  return context.plan.phases.filter((other) => ancestorsOf(context.plan, other.id).some(({ id }) => id === phase.id))
}

/** The phase of an id or a slug, also as `phase 2` or `phase-2`. Throws `ConductProblem`. */
export function phaseNamed(context: Pick<RedoContext, 'plan'>, wanted: string): Phase {
  const name = wanted.replace(/^phase[- ]/i, '')
  const phase = context.plan.phases.find(({ id, slug }) => id === name || slug === name)
  if (phase) return phase
  throw new ConductProblem(
    'unknown-phase',
    `there is no phase ${wanted}; the spec has ${context.plan.phases.map(({ id }) => id).join(', ')}`,
    `List them with: npx nx run ${context.plan.name}:status`,
  )
}

async function checkpointNamed(context: RedoContext, to: string): Promise<Phase> {
  if (/^[0-9a-f]{7,64}$/.test(to)) {
    const prefix = `${specRefs(context.plan.name).checkpoints}/`
    const refs = await listRefs(context.workspace.repository, prefix)
    const slug = refs.find(({ oid }) => oid.startsWith(to))?.ref.slice(prefix.length)
    const phase = context.plan.phases.find((each) => each.slug === slug)
    if (phase) return phase
  }
  return phaseNamed(context, to)
}
