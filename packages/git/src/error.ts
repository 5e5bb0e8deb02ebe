/** What git (or the disk) did not do. The message says what was tried, where, why it failed, and what to do next. */
export class GitError extends Error {
  override readonly name: string = 'GitError'
  /** The next thing a person can do; absent when git's own words are all there is to say. */
  readonly hint?: string

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(
      options.hint === undefined ? message : `${message}\n${options.hint}`,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    if (options.hint !== undefined) this.hint = options.hint
  }
}

/** git ended with an exit code that the command does not use for an answer. */
export class GitCommandError extends GitError {
  override readonly name = 'GitCommandError'
  readonly command: readonly string[]
  readonly exitCode: number
  readonly stderr: string

  constructor(command: readonly string[], exitCode: number, stderr: string, where: string) {
    const said = stderr.trim()
    super(
      `git ${command[0] ?? ''} failed with exit code ${exitCode} in ${where}: ${said === '' ? 'no message' : said}`,
      hintFor(said),
    )
    this.command = command
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

function hintFor(said: string): { readonly hint?: string } {
  const lock = /Unable to create '([^']+\.lock)'/.exec(said)?.[1]
  if (lock !== undefined) {
    return { hint: `Another git process holds ${lock}. If none is running, remove that file and try again.` }
  }
  if (/No space left on device|unable to write file/.test(said)) {
    return { hint: 'If the disk is full, free some space. Then run the same command again; nothing is lost.' }
  }
  return {}
}
