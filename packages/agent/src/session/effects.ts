import { setTimeout as delay } from 'node:timers/promises'

/** What a session needs of the world besides the network, the worktree and its transcript. */
export interface SessionEffects {
  /** Milliseconds since the epoch; written to the transcript. */
  now(): number
  /** From 0 up to 1; spreads the retries of many sessions. */
  random(): number
  /** Rejects when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemEffects: SessionEffects = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
}
