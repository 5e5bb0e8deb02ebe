export type StoreProblemCode =
  /** The spec's name cannot be part of a ref. */
  | 'bad-name'
  /** git could not be started, or failed in a way that a second attempt does not fix. */
  | 'git'
  /** An entry of the log cannot be read. */
  | 'log-unreadable'
  /** The remote that is the authority cannot be reached, or its log and ours have parted. */
  | 'remote'
  /** The Redis URL cannot be read. */
  | 'redis-url'
  /** `redis: required`, and the server cannot be used. */
  | 'redis-required'
  /** The log was closed. */
  | 'closed'

/** What keeps the store from working, with what to do about it. */
export class StoreProblem extends Error {
  override readonly name = 'StoreProblem'
  readonly code: StoreProblemCode
  readonly hint: string

  constructor(code: StoreProblemCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}
