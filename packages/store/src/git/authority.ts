import type { RefChange, RefOutcome } from '@nx-conduct/git/process'

/** A transaction that is overtaken this often is not losing races: something else is wrong with the repository. */
export const overtakenAtMost = 100

/** The one repository whose refs decide: the local one, or a shared remote. */
export interface Authority {
  /** All changes or none, durably. */
  transact(changes: readonly RefChange[]): Promise<RefOutcome>
  /** Brings the local copy of the refs up to date. `now`: the local copy may be wrong, however recent it is. */
  refresh(now: boolean): Promise<void>
  /** Removes what dead writers left locked in the local repository. */
  clearStaleLocks(): Promise<void>
  close(): Promise<void>
}
