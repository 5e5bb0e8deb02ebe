import type { StepSource } from '@nx-conduct/store'
import type { Escalation } from '../gates/escalation.ts'
import type { Artifact } from './artifact.ts'

/** How a step ended. A step never throws for what the spec, an agent or a test did. */
export type StepOutcome =
  | { readonly kind: 'accepted'; readonly artifact: Artifact; readonly summary: string }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly message: string
      readonly hint?: string
      /** Present when a person has to decide; also in the run log. */
      readonly escalation?: Escalation
    }
  | { readonly kind: 'aborted'; readonly message: string }

/** What the inside of a step comes to, before it is recorded. */
export type Performed =
  | {
      readonly kind: 'result'
      readonly source: StepSource
      readonly commit: string
      readonly tree: string
      readonly details: Readonly<Record<string, unknown>>
      readonly summary: string
    }
  | Extract<StepOutcome, { kind: 'failed' }>

export type PerformedResult = Extract<Performed, { kind: 'result' }>
