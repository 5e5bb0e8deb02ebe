/** Why a client's wish is refused. Nothing was changed then. */
export class ClientProblem extends Error {
  override readonly name = 'ClientProblem'
  readonly code: ClientProblemCode

  constructor(code: ClientProblemCode, message: string) {
    super(message)
    this.code = code
  }
}

export type ClientProblemCode =
  | 'phase-complete'
  | 'phase-waits'
  | 'no-base'
  | 'does-not-merge'
  | 'unknown-checkpoint'
  | 'stale-checkpoint'
  | 'unproven'
  | 'open-phases'
