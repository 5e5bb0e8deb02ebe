import type { Assignment } from '@nx-conduct/agent'
import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Checkout } from '../checkouts/checkout.ts'
import type { RunContext } from '../run/context.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepPlace } from '../views/progress.ts'

/** What running an agent takes of a run. */
export type AgentContext = Omit<RunContext, 'close'>

/** What any session of an agent is about. */
export interface SessionTask {
  readonly place: StepPlace
  /** Whose choice of an agent counts; undefined for the whole of the plan. */
  readonly phase: Phase | undefined
  /** A session that ended with work, or a verdict, under this key is reused, never run again. */
  readonly key: string
  readonly assignment: Assignment
  /** Name of the transcript in the artifact's folder. */
  readonly transcript: string
  readonly lease: HeldLease
}

/** Whom a person is told of. */
export function workerOf({ assignment, place, phase }: SessionTask): string {
  const of = place.module ?? (phase === undefined ? 'the whole' : `phase ${phase.id}`)
  return `the ${assignment.role} of ${of}`
}

/** A session whose files become a commit. */
export interface AgentTask extends SessionTask {
  readonly phase: Phase
  /** Makes the checkout that the agent works in; called only if an agent has to run. */
  readonly checkout: () => Promise<Checkout>
  /** The tree the agent starts from. */
  readonly baseTree: Oid
  /** Parents and message of the commit its work becomes. */
  readonly parents: readonly Oid[]
  readonly message: string
}
