import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { Oid, Repository, Worktree, WorktreeOwner, WorktreeRequest } from './contract.ts'
import { placeOf } from './place.ts'
import { GitError, git, livenessOf } from './process/index.ts'
import { removeLargeDirectory } from './remove-directory.ts'
import { withScratch } from './scratch.ts'
import { deregister, discard, finishLeaving, mustBeOurs } from './worktree-discard.ts'
import { exclusively, withWholeRegistry } from './worktree-list.ts'
import { canonical, lockReason, lstatIfThere, registrationOf, registrations } from './worktree-registry.ts'

/**
 * Makes a worktree with a detached HEAD at `commit`, locked in our name, its files checked out without the user's
 * filters. Many may be made at once, by several processes. No branch is made and no configuration written. What a killed
 * attempt left at `path` is cleared; anything else there is an error and stays.
 */
export async function createWorktree(repo: Repository, request: WorktreeRequest): Promise<Worktree> {
  const worktree = await registerWorktree(repo, request)
  try {
    await checkOut(repo, worktree)
  } catch (error) {
    await removeWorktree(repo, worktree.path)
    throw error
  }
  return worktree
}

/** The same without files and index. Until it has an index, a sweep takes it for one that was never finished. */
export async function registerWorktree(repo: Repository, request: WorktreeRequest): Promise<Worktree> {
  if (!isAbsolute(request.path)) {
    throw new GitError(`A worktree needs an absolute path, not ${JSON.stringify(request.path)}.`)
  }
  await mkdir(dirname(request.path), { recursive: true })
  const path = await canonical(request.path)
  const registration = await exclusively(repo, async () => {
    await clearHalfMade(repo, path)
    const inode = await makeEmptyDirectory(path)
    try {
      const reason = lockReason({ owner: request.owner, inode })
      const add = ['worktree', 'add', '--quiet', '--no-checkout', '--detach', '--lock', '--reason', reason]
      await withWholeRegistry(repo, () => git(placeOf(repo), [...add, '--', path, request.commit]))
    } catch (error) {
      await rmdir(path).catch(() => undefined)
      throw error
    }
    return registrationOf(repo, path)
  })
  if (registration === undefined) throw new GitError(`git did not register the worktree ${path}.`)
  return { path, adminDir: registration.adminDir, commit: request.commit }
}

/**
 * Removes a worktree of ours, its registration and its directory, whatever is in it and whatever lock it has. Nothing to
 * remove is fine; a path that is not registered as ours, or is no longer the directory that was made, throws
 * {@link NotOurWorktreeError}.
 */
export async function removeWorktree(repo: Repository, path: string): Promise<void> {
  const wanted = await canonical(path)
  const registration = await registrationOf(repo, wanted)
  if (registration === undefined && (await lstatIfThere(wanted)) === undefined) return
  await mustBeOurs(repo, wanted, registration)
  await removeLargeDirectory(wanted)
  await exclusively(repo, async () => {
    const still = await registrationOf(repo, wanted)
    if (still !== undefined) await deregister(repo, still)
  })
}

/** Clears registrations of dead owners in which git was killed before it wrote the path: it cannot find them itself. */
export async function removeNameless(repo: Repository, keep: (owner: WorktreeOwner) => boolean): Promise<void> {
  await exclusively(repo, async () => {
    await finishLeaving(repo)
    for (const registration of await registrations(repo)) {
      const { path, claim } = registration
      if (path !== undefined || claim === undefined || keep(claim.owner)) continue
      if (livenessOf(claim.owner) === 'dead') await deregister(repo, registration)
    }
  })
}

/** Writes the commit's files and the worktree's index, reading none of the repository's configuration. */
async function checkOut(repo: Repository, worktree: Worktree): Promise<void> {
  const like: Oid = worktree.commit
  const indexFile = join(worktree.adminDir, 'index')
  await withScratch(repo, { like, workTree: worktree.path, indexFile }, async ({ place }) => {
    await git(place, ['read-tree', '--reset', '-u', worktree.commit], { config: ['checkout.workers=0'] })
  })
}

/** Clears what a killed attempt left: no agent has worked in a worktree whose index was never written. */
async function clearHalfMade(repo: Repository, path: string): Promise<void> {
  for (const registration of await registrations(repo)) {
    const here = registration.path === path
    const nameless = registration.path === undefined && basename(registration.adminDir).startsWith(basename(path))
    if (!here && !nameless) continue
    const { claim, adminDir } = registration
    const finished = (await lstatIfThere(join(adminDir, 'index'))) !== undefined
    if (here && (claim === undefined || finished || livenessOf(claim.owner) !== 'dead')) {
      throw new GitError(
        `${path} is already a worktree${claim === undefined ? '' : ` of run ${claim.owner.run} (process ${claim.owner.pid} on ${claim.owner.host})`}.`,
        { hint: 'If that run is over: nx run spec:clean' },
      )
    }
    if (here) await discard(repo, registration)
    else if (claim !== undefined && livenessOf(claim.owner) === 'dead') {
      // Killed between the lock and the path: git itself can no longer find this one.
      await deregister(repo, registration)
    } else if (claim === undefined) {
      // Killed before the lock was written; a folder with anything else in it is somebody else's and stays.
      if ((await lstatIfThere(join(adminDir, 'locked')))?.size === 0) await rm(join(adminDir, 'locked'))
      await rmdir(adminDir).catch(() => undefined)
    }
  }
}

async function makeEmptyDirectory(path: string): Promise<number> {
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    const there = await lstatIfThere(path)
    if (there?.isDirectory() && (await readdir(path)).length === 0) return
    throw new GitError(`There is already something at ${path}; a worktree needs a new or an empty directory.`, {
      hint: `Look at it and move it away: ls -la ${JSON.stringify(path)}`,
    })
  })
  const made = await lstatIfThere(path)
  if (made === undefined) throw new GitError(`${path} vanished while a worktree was made there.`)
  return made.ino
}
