import type { Clock, OpenOptions } from '@nx-conduct/conductor'

/** What the server takes from the process it is in. */
export interface Host {
  /** Top of the workspace: nothing outside it, and outside worktrees of ours, is read or written. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Aborts when the server ends. */
  readonly signal: AbortSignal
  readonly version: string
  /** Roots of the workspace's Nx projects, by name: a module of that name owns its folder. Read only where a module declares no paths. */
  readonly projectRoots: () => Promise<Readonly<Record<string, string>>>
  /** How long to wait for others; by default the conductor's own. */
  readonly waits?: OpenOptions['waits']
}
