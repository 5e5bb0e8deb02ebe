import { execFile } from 'node:child_process'
import { type GitPlace, gitEnvironment, gitSettings } from './environment.ts'
import { GitFailure } from './git-failure.ts'

export interface RunGitOptions {
  readonly input?: string
  /** After this the command is ended and fails; for what talks to another machine. */
  readonly timeoutMs?: number
}

/** Runs one git command to its end and gives its standard output. Throws `GitFailure` on a non-zero exit. */
export function runGit(
  place: GitPlace,
  args: readonly string[],
  { input = '', timeoutMs = 0 }: RunGitOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      [...gitSettings, ...args],
      { cwd: place.commonDir, env: gitEnvironment(place), maxBuffer: 1 << 30, encoding: 'utf8', timeout: timeoutMs },
      (error, stdout, stderr) => {
        if (error?.killed)
          reject(
            new GitFailure(args[0] ?? '', `it was ended after ${timeoutMs} ms without an answer`, { cause: error }),
          )
        else if (error) reject(new GitFailure(args[0] ?? '', stderr || error.message, { cause: error }))
        else resolve(stdout)
      },
    )
    // A git that exits before it has read everything says why on stderr; the broken pipe itself is no news.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
