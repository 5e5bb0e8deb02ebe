import type { Escalation, ResultOf, StepResult, StepSource } from '@nx-conduct/store'
import type { ProblemCode } from '../run/problem.ts'

/** Why a step failed. `internal` is a fault of nx-conduct itself. */
export type FailureReason =
  | ProblemCode
  | 'setup'
  | 'ownership'
  | 'escalated'
  | 'conflict-markers'
  | 'escaping-link'
  | 'refused-work'
  | 'repository-changed'
  | 'out-of-budget'
  | 'agent-refused'
  | 'agent-format'
  | 'agent-unavailable'
  | 'branch-rewritten'
  | 'does-not-merge'
  | 'internal'

/** What a step yields to the steps after it, with where it came from. */
export interface Yield<S extends StepResult['step'] = StepResult['step']> {
  readonly kind: 'result'
  readonly source: StepSource
  /** Step key: digest of all that the result depends on. */
  readonly key: string
  readonly result: ResultOf<S>
  /** One line for people. */
  readonly summary: string
}

export interface StepFailure {
  readonly kind: 'failed'
  readonly reason: FailureReason
  readonly message: string
  readonly hint?: string
  /** Present when a person has to decide; also in the run log. */
  readonly escalation?: Escalation
}

export type Outcome<S extends StepResult['step']> = Yield<S> | StepFailure

/** How a step ended for whoever asked for it. A step never throws for what the spec, an agent or a test did. */
export type StepOutcome =
  | { readonly kind: 'accepted'; readonly source: StepSource; readonly summary: string }
  | StepFailure
  | { readonly kind: 'aborted'; readonly message: string }
