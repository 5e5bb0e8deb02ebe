/** A git command that failed: which, and what it said. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure'
  readonly command: string
  readonly stderr: string

  constructor(command: string, stderr: string, options?: ErrorOptions) {
    // git quotes the URL it could not reach, with whatever login stands in it.
    const said = stderr.trim().replace(/:\/\/[^/@\s]*@/g, '://***@') || 'it said nothing'
    super(`git ${command} failed: ${said}`, options)
    this.command = command
    this.stderr = said
  }
}
