import { join } from 'node:path'
import type { DirtyPaths, Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { porcelain } from './porcelain.ts'
import { GitError, git } from './process/index.ts'
import { withScratch } from './scratch.ts'
import { registrationOf } from './worktree-registry.ts'

/**
 * What differs between the user's working tree, index and HEAD, as paths from the top; ignored files are left out.
 * Writes nothing, not even a refreshed index.
 */
export async function dirtyPaths(repo: Repository): Promise<DirtyPaths> {
  const status = await porcelain(repo.root, placeOf(repo)).status([
    '--untracked-files=all',
    '--no-renames',
    '--ignore-submodules=none',
  ])
  const untracked = status.files.filter((file) => file.working_dir === '?').map((file) => file.path)
  const tracked = status.files.filter((file) => file.working_dir !== '?').map((file) => file.path)
  return { tracked: tracked.sort(), untracked: untracked.sort() }
}

/**
 * What a worktree of ours holds beside its commit, as one text: equal texts mean that nothing was changed in between. Of a
 * folder that is ignored as a whole only that it is there. Runs no filter and reads none of the user's configuration.
 */
export async function worktreeTraces(
  repo: Repository,
  { path, commit }: { readonly path: string; readonly commit: Oid },
): Promise<string> {
  const registration = await registrationOf(repo, path)
  if (registration === undefined) throw new GitError(`${path} is not a worktree of ${repo.root}.`)
  const indexFile = join(registration.adminDir, 'index')
  return withScratch(repo, { like: commit, workTree: path, indexFile }, async ({ place }) => {
    const [changed, untracked, ignored] = await Promise.all([
      git(place, ['diff-files', '-z', '--raw', '--no-renames', '--ignore-submodules=none']),
      git(place, ['ls-files', '-z', '--others', '--exclude-standard']),
      git(place, ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory']),
    ])
    return [changed, untracked, ignored].map(({ stdout }) => stdout).join('\n')
  })
}

/** Ignored files and folders that are in the working tree, as paths from its top; a folder that is ignored as a whole counts once. */
export async function ignoredPaths(repo: Repository): Promise<readonly string[]> {
  const { stdout } = await git(placeOf(repo), [
    'ls-files',
    '-z',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
  ])
  return stdout.split('\0').filter((path) => path !== '')
}
