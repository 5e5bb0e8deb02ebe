import { mergeTrees, type Oid, resolveCommit } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { ResultOf, RunState } from '@nx-conduct/store'
import { commitPhase } from '../merge/commit-phase.ts'
import { newEscapes } from '../merge/escapes.ts'
import type { RunContext } from '../run/context.ts'
import type { Workspace } from '../run/workspace.ts'
import { epochOf } from '../step/keys.ts'

/** An earlier run's accepted result for a phase's slice, or a person's, merged onto this run's base. It still has to be proven there. */
export type Adopted = Extract<ResultOf<'worktrees'>['start'], { kind: 'adopted' }>

/**
 * The newest result that an earlier run accepted for the same slice, if its commit is here. A phase that was redone
 * deliberately adopts nothing.
 */
export async function findAdoptable(
  { plan, run, workspace }: Pick<RunContext, 'plan' | 'run' | 'workspace'>,
  state: RunState,
  phase: Phase,
): Promise<Oid | undefined> {
  if (epochOf(plan, state, phase) > 0) return undefined
  const runs = Object.values(state.runs).sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
  for (const { run: id, complete } of runs) {
    if (id === run.id) continue
    for (const result of Object.values(complete)) {
      if (result.slice !== phase.digest || result.satisfied) continue
      if ((await resolveCommit(workspace.repository, `${result.commit}^1`)) !== undefined) return result.commit
    }
  }
  return undefined
}

/** Applies an earlier result to a base; made on that base, it stays the commit that it is. Undefined when they do not merge: then agents run. */
export async function adopt(
  context: Pick<RunContext, 'workspace' | 'surroundings'>,
  phase: Phase,
  from: Oid,
  base: { readonly commit: Oid; readonly tree: Oid },
): Promise<Adopted | undefined> {
  const { objects } = context.workspace
  const { parents } = await objects.commit(from)
  if (parents.length === 1 && parents[0] === base.commit) {
    return { kind: 'adopted', commit: from, tree: await objects.treeOf(from), from }
  }
  const tree = await treeOnBase(context.workspace, from, base.tree)
  if (tree === undefined) return undefined
  const commit = await commitPhase(context, phase, { tree, base: base.commit })
  return { kind: 'adopted', commit, tree, from }
}

/** What an earlier result changed, on another base, by a three-way merge. Undefined when that cannot be had, or is nothing. */
export async function treeOnBase(
  { objects, repository }: Pick<Workspace, 'objects' | 'repository'>,
  from: Oid,
  base: Oid,
): Promise<Oid | undefined> {
  const [before, after] = await Promise.all([objects.treeOf(`${from}^1`), objects.treeOf(from)])
  const merged = await mergeTrees(repository, { base: before, ours: base, theirs: after })
  if (merged.kind === 'conflict' || merged.tree === base) return undefined
  return (await newEscapes(repository, merged.tree, base)).length > 0 ? undefined : merged.tree
}
