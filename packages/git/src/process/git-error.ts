/** What git (or the disk) did not do. The message says what was tried, where, why it failed, and what to do next. */
export class GitError extends Error {
  override readonly name: string = 'GitError'
  /** The next thing a person can do; absent when git's own words are all there is to say. */
  readonly hint?: string
  /** git was stopped because it took too long, so what it was asked to do may have happened or not. */
  readonly isTooLate: boolean

  constructor(
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown; readonly isTooLate?: boolean } = {},
  ) {
    const shown = withoutLogins(message)
    super(
      options.hint === undefined ? shown : `${shown}\n${options.hint}`,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    if (options.hint !== undefined) this.hint = options.hint
    this.isTooLate = options.isTooLate ?? false
  }
}

/** git ended with an exit code that the command does not use for an answer. No field holds the login of a URL. */
export class GitCommandError extends GitError {
  override readonly name = 'GitCommandError'
  readonly command: readonly string[]
  readonly exitCode: number
  readonly stderr: string

  constructor(command: readonly string[], exitCode: number, stderr: string, where: string) {
    const said = withoutLogins(stderr.trim())
    super(
      `git ${command[0] ?? ''} failed with exit code ${exitCode} in ${where}: ${said === '' ? 'no message' : said}`,
      hintFor(said),
    )
    this.command = command.map(withoutLogins)
    this.exitCode = exitCode
    this.stderr = said
  }
}

/** What git printed before it failed; empty for every other error. */
export function stderrOf(error: unknown): string {
  return error instanceof GitCommandError ? error.stderr : ''
}

/** The lock file that kept git from writing, when that is why it failed. */
export function lockFileIn(stderr: string): string | undefined {
  return /Unable to create '([^']+\.lock)'/.exec(stderr)?.[1]
}

/** A text without the logins of the URLs in it. A password may hold `/` and `@`, so everything up to the last `@` goes. */
export function withoutLogins(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s'"<>]*@/gi, '$1***@')
}

function hintFor(said: string): { readonly hint?: string } {
  const lock = lockFileIn(said)
  if (lock !== undefined) {
    return { hint: `Another git process holds ${lock}. If none is running, remove that file and try again.` }
  }
  if (/No space left on device|unable to write file/.test(said)) {
    return { hint: 'If the disk is full, free some space. Then run the same command again; nothing is lost.' }
  }
  return {}
}
