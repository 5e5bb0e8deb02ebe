import type { Oid } from '@nx-conduct/git'
import type { RequiredGate } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import type { StepPlace } from '../views/progress.ts'

/** What proving takes of a run. */
export type ProvingContext = Omit<RunContext, 'agents' | 'close'>

export interface ProofRequest {
  readonly place: StepPlace
  readonly gates: readonly RequiredGate[]
  readonly tree: Oid
  /** A commit that carries `tree`. */
  readonly commit: Oid
  /** Check again although the log has evidence for this tree. What agents judged stays. */
  readonly afresh?: boolean
}
