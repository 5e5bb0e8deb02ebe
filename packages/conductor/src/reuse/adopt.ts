import { commitTree, mergeTrees, type Oid, resolveCommit } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RunState } from '@nx-conduct/store'
import { phaseMessage } from '../merge/phase-message.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { epochOf } from '../step/keys.ts'

/** An earlier run's accepted result for a phase's slice, merged onto this run's base. It still has to be proven there. */
export interface Adopted {
  readonly commit: Oid
  readonly tree: Oid
  /** The commit that the earlier run accepted. */
  readonly from: Oid
}

/**
 * The newest result that an earlier run accepted for the same slice, if its commit is here. A phase that was redone
 * deliberately adopts nothing.
 */
export async function findAdoptable(conduct: Conduct, state: RunState, phase: Phase): Promise<Oid | undefined> {
  if (epochOf(conduct.plan, state, phase) > 0) return undefined
  const runs = Object.values(state.runs).sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
  for (const { run, complete } of runs) {
    if (run === conduct.run.id) continue
    for (const result of Object.values(complete)) {
      if (result.slice !== phase.digest || result.satisfied) continue
      if ((await resolveCommit(conduct.repository, `${result.commit}^1`)) !== undefined) return result.commit
    }
  }
  return undefined
}

/** Lays an earlier result onto a base by a three-way merge. Undefined when they conflict: then the phase is bought. */
export async function adopt(
  conduct: Conduct,
  phase: Phase,
  from: Oid,
  base: { readonly commit: Oid; readonly tree: Oid },
): Promise<Adopted | undefined> {
  const [before, after] = await Promise.all([conduct.facts.treeOf(`${from}^1`), conduct.facts.treeOf(from)])
  const merged = await mergeTrees(conduct.repository, { base: before, ours: base.tree, theirs: after })
  if (merged.kind === 'conflict' || merged.tree === base.tree) return undefined
  const commit = await commitTree(conduct.repository, {
    tree: merged.tree,
    parents: [base.commit],
    message: phaseMessage(phase),
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
  return { commit, tree: merged.tree, from }
}
