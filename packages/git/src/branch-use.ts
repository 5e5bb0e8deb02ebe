import { join } from 'node:path'
import { branchUses } from './branch-in-use.ts'
import type { Repository } from './contract.ts'
import { indexDamage } from './index-health.ts'
import { placeOf } from './place.ts'
import { git } from './process/index.ts'
import { lstatIfThere } from './worktree-registry.ts'

/** Why a branch must not be moved now. */
export interface BranchUse {
  readonly reason: 'operation-in-progress' | 'checked-out-elsewhere' | 'index-damaged'
  readonly message: string
}

const OPERATIONS = {
  MERGE_HEAD: 'merge',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
} as const

/** What is going on in the checkout at `repo.root`. */
export async function useHere(repo: Repository): Promise<BranchUse | undefined> {
  for (const [file, operation] of Object.entries(OPERATIONS)) {
    if ((await lstatIfThere(join(repo.gitDir, file))) !== undefined) return inProgress(operation, repo.root)
  }
  const damage = await indexDamage(repo)
  if (damage !== undefined) {
    const index = join(repo.gitDir, 'index')
    return {
      reason: 'index-damaged',
      message: `The index ${index} is damaged: ${damage}. Make a new one: rm ${index} && git -C ${repo.root} reset`,
    }
  }
  const unmerged = await git(placeOf(repo), ['ls-files', '--unmerged', '-z'])
  return unmerged.stdout === '' ? undefined : inProgress('merge with conflicts', repo.root)
}

/** Another worktree that has the branch checked out, or any that is rebasing or bisecting it. */
export async function useElsewhere(repo: Repository, branch: string): Promise<BranchUse | undefined> {
  for (const { kind, where } of await branchUses(repo, branch)) {
    if (kind !== 'checked-out') return inProgress(`${kind} of ${branch}`, where)
    if (where !== repo.root) {
      const message = `${branch} is checked out in ${where}; its files would fall behind the branch.`
      return { reason: 'checked-out-elsewhere', message }
    }
  }
  return undefined
}

function inProgress(operation: string, where: string): BranchUse {
  return {
    reason: 'operation-in-progress',
    message: `A ${operation} is in progress in ${where}; finish or abort it first.`,
  }
}
