import type { Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { git } from './process/index.ts'

/** Whether a ref reaches the commit, so that git's garbage collection keeps it. HEADs of worktrees do not count. */
export async function isReachable(repo: Repository, commit: Oid): Promise<boolean> {
  const { stdout } = await git(placeOf(repo), [
    'for-each-ref',
    '--count=1',
    '--format=%(refname)',
    '--contains',
    commit,
  ])
  return stdout !== ''
}
