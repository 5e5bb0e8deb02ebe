/** A git command that failed: which, and what it said. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure'
  readonly command: string
  readonly stderr: string

  constructor(command: string, stderr: string, options?: ErrorOptions) {
    super(`git ${command} failed: ${stderr.trim() || 'it said nothing'}`, options)
    this.command = command
    this.stderr = stderr
  }
}
