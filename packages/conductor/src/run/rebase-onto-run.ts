import { commitTree, type Oid } from '@nx-conduct/git'
import type { RunContext } from './context.ts'
import { conductIdentity } from './identity.ts'

/**
 * The same work based on this run's base: our commits that have another base with an equal tree are made again on this
 * one, one by one, with their own messages and dates. So every process comes to the same commits.
 */
export async function rebaseOntoRun(context: Pick<RunContext, 'workspace' | 'run'>, commit: Oid): Promise<Oid> {
  const { run, workspace } = context
  const { objects, repository } = workspace
  if (commit === run.base.commit || (await objects.isAncestor(run.base.commit, commit))) return commit
  const { tree, parents, authorEmail, at, message } = await objects.commit(commit)
  if (tree === run.base.tree || parents.length === 0 || authorEmail !== conductIdentity.email) return run.base.commit
  const moved: Oid[] = []
  for (const parent of parents) moved.push(await rebaseOntoRun(context, parent))
  return commitTree(repository, { tree, parents: [...new Set(moved)], message, author: conductIdentity, at })
}
