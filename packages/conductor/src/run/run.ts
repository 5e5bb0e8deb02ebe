import type { Oid } from '@nx-conduct/git'

/** One attempt to realise a spec from a base commit, for the branch that is to move at its end. */
export interface Run {
  readonly id: string
  /** HEAD when the run started: its base. Its tree has the spec as it is committed, which may not be the one compiled. */
  readonly base: { readonly commit: Oid; readonly tree: Oid }
  /** The branch to move at the end; absent for a detached HEAD. */
  readonly branch?: string
  /** Whether HEAD holds the spec as it was compiled. */
  readonly specCommitted: boolean
  /** True when the log has this run from an earlier process. */
  readonly resumed: boolean
  /** Writes `run.opened` before the first event of this run; idempotent. */
  open(): Promise<void>
}
