import type { LimitFunction } from 'p-limit'
import type { Rehearsal } from './rehearsal.ts'

/** What sessions of agents share in one process. */
export interface Agents {
  /** At most `concurrency` sessions at a time. */
  readonly slots: LimitFunction
  /** Whether a session may be started; false for commands that spend nothing. */
  readonly mayRun: boolean
  readonly rehearsal: Rehearsal | undefined
  /** Literal secrets that no output may show. */
  readonly secrets: readonly string[]
  /** Roots of the workspace's Nx projects, by name: a module of that name owns its folder. */
  readonly projectRoots: Readonly<Record<string, string>>
}
