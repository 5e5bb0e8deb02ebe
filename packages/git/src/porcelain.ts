import { type SimpleGit, simpleGit } from 'simple-git'
import { type GitPlace, gitEnvironment, gitSettings, localTimeoutMs, placeEnvironment } from './process/index.ts'

/**
 * simple-git under our settings and environment, for porcelain whose answer it parses. Whatever is decided by an exit
 * code goes through `git` of the process layer: `raw()` resolves on a failure without output.
 */
export function porcelain(cwd: string, place?: GitPlace): SimpleGit {
  const environment = place === undefined ? gitEnvironment(process.env) : placeEnvironment(place)
  return simpleGit({
    baseDir: cwd,
    config: [...gitSettings],
    timeout: { block: localTimeoutMs },
    // Its guards are against callers who pass on foreign input; what is allowed here are our own settings.
    allowEnvironment: Object.keys(environment),
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true, allowUnsafeProtocolOverride: true },
  }).env(environment)
}
