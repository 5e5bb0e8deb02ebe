import { changedPaths, type Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { outsideWorkspace } from '../agents/ownership.ts'
import { commitPhase } from '../merge/commit-phase.ts'
import { newEscapes } from '../merge/escapes.ts'
import type { HandedIn } from '../reuse/handed-in.ts'
import { withBuilt } from '../reuse/with-built.ts'
import { epochOf } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import { record } from '../step/record.ts'
import type { Base } from '../steps/worktrees.ts'
import { inWorkspace } from './workspace.ts'

/** Somebody's work as the tree of a phase, or why it cannot be that. */
export type PhaseTree =
  | {
      readonly kind: 'fits'
      readonly tree: Oid
      /** Paths that differ from the phase's base, of the workspace. */
      readonly changed: readonly string[]
    }
  | { readonly kind: 'unfit'; readonly why: string; readonly hint: string }

/** A tree that was made on a phase's base, with the entry that names the phase. It has the base's spec. */
export async function asPhaseTree(context: AgentContext, phase: Phase, base: Base, tree: Oid): Promise<PhaseTree> {
  const { workspace } = context
  const { repository } = workspace
  const escapes = await newEscapes(repository, tree, base.tree)
  if (escapes.length > 0) {
    const links = escapes.map(({ path, target }) => `${path} -> ${target}`).join(', ')
    return { kind: 'unfit', why: `these links lead out of the tree: ${links}`, hint: 'Remove them' }
  }
  const changed = (await changedPaths(repository, base.tree, tree)).map(({ path }) => inWorkspace(workspace, path))
  const outside = outsideWorkspace(changed)
  if (outside.length > 0) {
    return {
      kind: 'unfit',
      why: `it changes paths outside the workspace: ${outside.join(', ')}`,
      hint: 'Commit those on your branch, take them out here',
    }
  }
  return { kind: 'fits', tree: await withBuilt(context, phase, { base: base.tree, tree }), changed }
}

export interface Taking extends Pick<HandedIn, 'taken' | 'from' | 'worktrees'> {
  readonly phase: Phase
  readonly base: Base
  readonly tree: Oid
  readonly lease?: HeldLease
}

/** Records somebody's work as what a phase starts with, as a commit on the phase's base. Returns that commit. */
export async function takeIn(
  context: AgentContext,
  { phase, base, tree, taken, from, worktrees, lease }: Taking,
): Promise<Oid> {
  const { plan, run, log } = context
  const commit = await commitPhase(context, phase, { tree, base: base.commit })
  await record(
    context,
    {
      type: 'phase.handed-in',
      run: run.id,
      phase: phase.id,
      slice: phase.digest,
      epoch: epochOf(plan, await log.state(), phase),
      commit,
      tree,
      taken,
      from,
      ...(worktrees === undefined ? {} : { worktrees }),
    },
    { commits: [commit], ...(lease === undefined ? {} : { lease }) },
  )
  return commit
}
