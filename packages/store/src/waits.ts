/** How long the store waits for others, in milliseconds. */
export interface Waits {
  /** Between two attempts at a ref that is locked. */
  readonly lockPollMs: number
  /** How long a ref may stay locked before an operation gives up. */
  readonly lockedForMs: number
  /** A ref is locked for milliseconds; a lock that stays unchanged for so long has an owner that hangs or is dead. */
  readonly staleLockMs: number
  /** How old the local copy of a remote's refs may be for a caller that only reads. */
  readonly remoteFreshMs: number
  /** What a push or a fetch of the log may take. */
  readonly remoteAnswerMs: number
  /** For how long a remote that did not answer in time is not asked again. */
  readonly remoteAwayMs: number
  readonly redisAnswerMs: number
  /** Before the first attempt to reach a Redis that failed; doubled with every further one, up to the second number. */
  readonly redisRetryMs: number
  readonly redisRetryAtMostMs: number
  /** How long a run that requires Redis pauses for it before an append is refused. */
  readonly redisPauseMs: number
  /** How long writes that are under way may take when the log is closed. */
  readonly redisCloseMs: number
}

export const defaultWaits: Waits = {
  lockPollMs: 50,
  lockedForMs: 5_000,
  staleLockMs: 2_000,
  remoteFreshMs: 2_000,
  remoteAnswerMs: 60_000,
  remoteAwayMs: 10_000,
  redisAnswerMs: 1_000,
  redisRetryMs: 1_000,
  redisRetryAtMostMs: 30_000,
  redisPauseMs: 20_000,
  redisCloseMs: 3_000,
}
