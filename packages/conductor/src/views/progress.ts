import type { Gate, StepName, StepSource, Usage } from '@nx-conduct/store'

/** Which step something belongs to. `phase` is the id as written in the spec. */
export interface StepPlace {
  readonly step: StepName
  readonly phase?: string
  readonly module?: string
}

/** All that a person who watches a run sees of it, as data. */
export type Progress =
  | {
      readonly type: 'run'
      readonly run: string
      readonly head: string
      readonly branch?: string
      readonly resumed: boolean
    }
  | { readonly type: 'step-started'; readonly place: StepPlace }
  | {
      readonly type: 'step-ended'
      readonly place: StepPlace
      readonly source: StepSource
      readonly summary: string
      readonly durationMs: number
    }
  | { readonly type: 'step-failed'; readonly place: StepPlace; readonly reason: string; readonly message: string }
  | {
      readonly type: 'agent-started'
      readonly place: StepPlace
      readonly role: string
      readonly agent: string
      readonly round?: number
    }
  | {
      readonly type: 'agent-turn'
      readonly place: StepPlace
      readonly role: string
      readonly turn: number
      readonly tokens: number
      readonly summary: string
    }
  | {
      readonly type: 'agent-retry'
      readonly place: StepPlace
      readonly role: string
      readonly waitMs: number
      readonly why: string
    }
  | {
      readonly type: 'agent-ended'
      readonly place: StepPlace
      readonly role: string
      readonly outcome: string
      readonly usage: Usage
      readonly durationMs: number
      /** True when the work was bought in an earlier attempt and is used again. */
      readonly known: boolean
    }
  | {
      readonly type: 'gate'
      readonly place: StepPlace
      readonly gate: Gate
      readonly rule: string
      readonly outcome: 'passed' | 'failed' | 'unverified'
      /** True when evidence for exactly this tree was there before. */
      readonly known: boolean
      readonly durationMs: number
    }
  | { readonly type: 'waiting'; readonly place: StepPlace; readonly holder: string; readonly since: string }
  | {
      readonly type: 'notice'
      readonly severity: 'info' | 'warning'
      readonly code: string
      readonly message: string
      readonly hint?: string
    }
