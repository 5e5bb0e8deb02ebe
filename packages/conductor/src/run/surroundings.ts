import type { Progress } from '../views/progress.ts'

/** Time, as an argument. */
export interface Clock {
  now(): Date
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number
}

/** How long a process waits for others, in milliseconds. */
export interface Waits {
  /** A lease that is not renewed for this long is free. */
  readonly leaseMs: number
  /** Pause between two looks at a lease that another process holds. */
  readonly pollMs: number
}

export const defaultWaits: Waits = { leaseMs: 30_000, pollMs: 500 }

/** What a run takes from the process it is in, and what it tells that process. */
export interface Surroundings {
  readonly clock: Clock
  /** The environment of this process; only an allow-list of it reaches commands. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly report: (progress: Progress) => void
  readonly waits: Waits
}
