import { simpleGit } from 'simple-git'
import type { DirtyPaths, Repository } from './contract.ts'
import { git, gitEnvironment, HARDENING, placeEnvironment, placeOf } from './run.ts'

/**
 * What differs between the user's working tree, index and HEAD, as paths from the top; ignored files are left out.
 * Writes nothing, not even a refreshed index.
 */
export async function dirtyPaths(repo: Repository): Promise<DirtyPaths> {
  const environment = { ...gitEnvironment(process.env), ...placeEnvironment(placeOf(repo)) }
  const porcelain = simpleGit({
    baseDir: repo.root,
    config: [...HARDENING],
    // Its guards are against callers who pass on foreign input; what is allowed here is our own hardening.
    allowEnvironment: Object.keys(environment),
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true, allowUnsafeProtocolOverride: true },
  }).env(environment)
  const status = await porcelain.status(['--untracked-files=all', '--no-renames', '--ignore-submodules=none'])
  const untracked = status.files.filter((file) => file.working_dir === '?').map((file) => file.path)
  const tracked = status.files.filter((file) => file.working_dir !== '?').map((file) => file.path)
  return { tracked: tracked.sort(), untracked: untracked.sort() }
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
