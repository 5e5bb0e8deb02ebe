import { join } from 'node:path'
import type { Repository } from './contract.ts'
import { firstLine } from './process/index.ts'
import { listWorktrees } from './worktree-list.ts'
import { readIfThere, registrations } from './worktree-registry.ts'

/** Where a branch is in use, so that it may be neither deleted nor moved under whoever works there. */
export interface BranchInUse {
  readonly kind: 'checked-out' | 'rebase' | 'bisect'
  /** The worktree, or its git directory where git does not name the worktree. */
  readonly where: string
}

/**
 * The uses of a branch (short name) in the main checkout and in every linked worktree: checked out there, or in the middle of a
 * rebase or bisect that returns to it or moves it. What `git branch -d` refuses for.
 */
export async function branchUses(repo: Repository, branch: string): Promise<readonly BranchInUse[]> {
  const uses: BranchInUse[] = (await listWorktrees(repo))
    .filter((worktree) => worktree.branch === branch)
    .map(({ path }) => ({ kind: 'checked-out', where: path }))
  const places = [
    { gitDir: repo.commonDir, where: repo.commonDir },
    ...(await registrations(repo)).map(({ adminDir, path }) => ({ gitDir: adminDir, where: path ?? adminDir })),
  ]
  for (const { gitDir, where } of places) {
    if (await isRebased(gitDir, branch)) uses.push({ kind: 'rebase', where })
    if (firstLine((await readIfThere(join(gitDir, 'BISECT_START'))) ?? '') === branch)
      uses.push({ kind: 'bisect', where })
  }
  return uses
}

/** `update-refs` lists the other branches that a `rebase --update-refs` moves at its end: three lines for each. */
async function isRebased(gitDir: string, branch: string): Promise<boolean> {
  const ref = `refs/heads/${branch}`
  for (const note of ['rebase-merge/head-name', 'rebase-apply/head-name']) {
    if (firstLine((await readIfThere(join(gitDir, note))) ?? '') === ref) return true
  }
  return ((await readIfThere(join(gitDir, 'rebase-merge/update-refs'))) ?? '').split('\n').includes(ref)
}
