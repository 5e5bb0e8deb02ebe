import type { Assignment } from '@nx-conduct/agent'
import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Checkout } from '../checkouts/checkout.ts'
import type { RunContext } from '../run/context.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepPlace } from '../views/progress.ts'

/** What running an agent takes of a run. */
export type AgentContext = Omit<RunContext, 'close'>

export interface AgentTask {
  readonly place: StepPlace
  readonly phase: Phase
  /** A session that ended with work under this key is reused, never run again. */
  readonly key: string
  readonly assignment: Assignment
  /** Makes the checkout that the agent works in; called only if an agent has to run. */
  readonly checkout: () => Promise<Checkout>
  /** The tree the agent starts from. */
  readonly baseTree: Oid
  /** Parents and message of the commit its work becomes. */
  readonly parents: readonly Oid[]
  readonly message: string
  /** Name of the transcript in the artifact's folder. */
  readonly transcript: string
  readonly lease: HeldLease
}
