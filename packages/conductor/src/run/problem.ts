/** What prevents a run from starting or continuing, for a person: what, why, and the next command. */
export class ConductProblem extends Error {
  override readonly name = 'ConductProblem'
  readonly code: ProblemCode
  readonly hint: string

  constructor(code: ProblemCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}

export type ProblemCode =
  | 'no-spec'
  | 'name-taken'
  | 'spec-has-errors'
  | 'spec-changed'
  | 'no-git-program'
  | 'not-a-repository'
  | 'no-commit'
  | 'bare'
  | 'unknown-phase'
  | 'already-merged'
  | 'unknown-module'
  | 'needs-agent'
  | 'hand-in'
  | 'judge'
  | 'rehearsal'
  | 'log'
  | 'git'
  | 'machine'
  | 'redis'

/** The person or the machine asked to stop; no further agent is started. */
export class Aborted extends Error {
  override readonly name = 'Aborted'
}
