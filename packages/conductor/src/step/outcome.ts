import type { ChangedPath } from '@nx-conduct/git'
import type { Escalation, ResultOf, StepResult, StepSource } from '@nx-conduct/store'
import type { ProblemCode } from '../run/problem.ts'

/** Why a step failed. `internal` is a fault of nx-conduct itself. */
export type FailureReason =
  | ProblemCode
  | 'setup'
  | 'ownership'
  | 'escalated'
  | 'waiting'
  | 'conflict-markers'
  | 'lost-lines'
  | 'escaping-link'
  | 'refused-work'
  | 'repository-changed'
  | 'out-of-budget'
  | 'agent-refused'
  | 'agent-format'
  | 'agent-unavailable'
  | 'wrote-nothing'
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
  /** Present when the phase is proven and a person has to approve it. */
  readonly waiting?: Waiting
}

/** A proven phase that a person has to approve, with what they have to look at. */
export interface Waiting {
  readonly phase: string
  readonly title: string
  readonly slice: string
  readonly tree: string
  readonly commit: string
  /** The commit that the phase started from. */
  readonly base: string
  /** Paths of the workspace. */
  readonly changed: readonly { readonly path: string; readonly status: ChangedPath['status'] }[]
  /** How many gates pass. */
  readonly gates: number
  /** Criteria that no machine checks. */
  readonly unverified: readonly string[]
  /** The tree was rejected, and a fix-executor left it as it was. */
  readonly rejected?: { readonly by: string; readonly why: string }
  /** The command that approves it. */
  readonly approve: string
}

export type Outcome<S extends StepResult['step']> = Yield<S> | StepFailure

/** How a step ended for whoever asked for it. A step never throws for what the spec, an agent or a test did. */
export type StepOutcome =
  | { readonly kind: 'accepted'; readonly source: StepSource; readonly summary: string }
  | StepFailure
  | { readonly kind: 'aborted'; readonly message: string }
