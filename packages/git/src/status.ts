import type { DirtyPaths, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { porcelain } from './porcelain.ts'
import { git } from './process/index.ts'

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

/** Every ignored file of the working tree, as paths from its top; undefined when there are more than `most`. */
export async function ignoredFiles(repo: Repository, most: number): Promise<readonly string[] | undefined> {
  const { stdout } = await git(placeOf(repo), ['ls-files', '-z', '--others', '--ignored', '--exclude-standard'])
  const files = stdout.split('\0').filter((path) => path !== '')
  return files.length > most ? undefined : files
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
