import type { Progress } from '@nx-conduct/conductor'
import type { Host } from './host.ts'
import type { Outputs } from './outputs.ts'

/** One call of a tool: what it works with besides its arguments. */
export interface Call {
  readonly host: Host
  readonly outputs: Outputs
  /** Aborts when the caller cancels, or the server ends. */
  readonly signal: AbortSignal
  /** Told of what happens while the call runs. */
  readonly report: (progress: Progress) => void
}
