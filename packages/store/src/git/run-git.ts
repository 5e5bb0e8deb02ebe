import { execFile } from 'node:child_process'
import { type GitPlace, gitEnvironment, gitSettings } from './environment.ts'
import { GitFailure } from './git-failure.ts'

/** Runs one git command to its end and gives its standard output. Throws `GitFailure` on a non-zero exit. */
export function runGit(place: GitPlace, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      [...gitSettings, ...args],
      { cwd: place.commonDir, env: gitEnvironment(place), maxBuffer: 1 << 30, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error) reject(new GitFailure(args[0] ?? '', stderr || error.message, { cause: error }))
        else resolve(stdout)
      },
    )
    // A git that exits before it has read everything says why on stderr; the broken pipe itself is no news.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
