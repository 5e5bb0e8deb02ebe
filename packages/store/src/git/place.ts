import type { Environment, GitPlace } from '@nx-conduct/git/process'

/** The place of a run log: the repository's common git directory, absolute. */
export function logPlace(commonDir: string, env?: Environment): GitPlace {
  return {
    gitDir: commonDir,
    cwd: commonDir,
    // Whatever the user has set: the refs of the log change too often for reflogs.
    config: ['core.logAllRefUpdates=false'],
    ...(env === undefined ? {} : { from: env }),
  }
}
