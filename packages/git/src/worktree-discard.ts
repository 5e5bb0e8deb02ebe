import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, isAbsolute, join, relative, sep } from 'node:path'
import type { Repository } from './contract.ts'
import { GitError } from './process/index.ts'
import { removeLargeDirectory } from './remove-directory.ts'
import { isLinkFileTo } from './worktree-health.ts'
import { lstatIfThere, type Registration } from './worktree-registry.ts'

/** The path is not one that we may remove. Nothing was removed. */
export class NotOurWorktreeError extends GitError {
  override readonly name = 'NotOurWorktreeError'
}

/** Removes the directory of a worktree of ours, when it is still the one that was made, and then its registration. */
export async function discard(repo: Repository, registration: Registration): Promise<void> {
  if (registration.path !== undefined) {
    await mustBeOurs(repo, registration.path, registration)
    await removeLargeDirectory(registration.path)
  }
  await deregister(repo, registration)
}

const LEAVING = 'nx-conduct.leaving.'

/**
 * Takes a registration away as `git worktree remove` does, also one that git itself can no longer read. It is moved aside
 * first: killed half-way, it would otherwise lose the lock that names its owner before all of it is gone.
 */
export async function deregister(repo: Repository, { adminDir }: Registration): Promise<void> {
  const aside = leavingOf(repo, basename(adminDir))
  await rm(aside, { recursive: true, force: true })
  await rename(adminDir, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rm(aside, { recursive: true, force: true })
  await rmdir(join(repo.commonDir, 'worktrees')).catch(() => undefined)
}

/** Where a registration is that is no longer, or not yet, one. */
export function leavingOf({ commonDir }: Repository, id: string): string {
  return join(commonDir, `${LEAVING}${id}`)
}

/** Finishes what a killed {@link deregister} began. Only for whoever has the registry to itself. */
export async function finishLeaving(repo: Repository): Promise<void> {
  for (const name of await readdir(repo.commonDir)) {
    if (name.startsWith(LEAVING)) await rm(join(repo.commonDir, name), { recursive: true, force: true })
  }
}

/** Throws {@link NotOurWorktreeError} unless `path` may be removed with all that is in it. */
export async function mustBeOurs(
  repo: Repository,
  path: string,
  registration: Registration | undefined,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new NotOurWorktreeError(`${path} is not removed: ${why}.`, {
      hint: 'List the worktrees: git worktree list --porcelain',
    })
  }
  if (registration === undefined) return refuse('it is not registered as a worktree of this repository')
  if (registration.claim === undefined) return refuse('that worktree was not made by nx-conduct')
  for (const precious of [repo.root, repo.commonDir, repo.gitDir, homedir()]) {
    if (contains(path, precious)) return refuse(`it holds ${precious}`)
  }
  if (contains(repo.commonDir, path)) return refuse('it lies in the git directory')
  const there = await lstatIfThere(path)
  if (there === undefined || there.ino === registration.claim.inode) return
  if (await isLinkFileTo(join(path, '.git'), registration.adminDir)) return
  refuse('it is not the directory that was made for the worktree')
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
