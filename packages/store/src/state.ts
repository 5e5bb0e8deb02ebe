import type { EventBody, Evidence, StepName, StepResult, StepSource, Usage } from './event.ts'

export interface StepRecord {
  readonly stepKey: string
  readonly run: string
  readonly step: StepName
  readonly phase: string
  readonly module?: string
  readonly status: 'started' | 'accepted' | 'failed'
  /** The highest fence this step was written under; a lower one is stale. */
  readonly fence?: number
  readonly source?: StepSource
  readonly result?: StepResult
  readonly summary?: string
  readonly failure?: { readonly reason: string; readonly message: string; readonly hint?: string }
  readonly startedAt: string
  readonly endedAt?: string
  readonly durationMs?: number
}

export interface RunRecord {
  readonly run: string
  readonly opened: Extract<EventBody, { type: 'run.opened' }>
  readonly openedAt: string
  readonly status: 'open' | 'finalizing' | 'finalized'
  /** Where the branch was to move, from the moment that it could have. */
  readonly landing?: Extract<EventBody, { type: 'finalize.started' }>
  readonly finalized?: Extract<EventBody, { type: 'run.finalized' }>
  readonly usage: Usage
  readonly usageByRole: Readonly<Record<string, Usage>>
  /** By phase id. */
  readonly complete: Readonly<Record<string, Extract<EventBody, { type: 'phase.complete' }>>>
  readonly escalated: Readonly<Record<string, Extract<EventBody, { type: 'phase.escalated' }>>>
  /** Phases that wait for a person's approval. */
  readonly waiting: Readonly<Record<string, Extract<EventBody, { type: 'phase.waiting' }>>>
  /** By tree; the newest of each. */
  readonly judged: Readonly<Record<string, Extract<EventBody, { type: 'phase.judged' }>>>
  /** The newest of each phase. */
  readonly handedIn: Readonly<Record<string, Extract<EventBody, { type: 'phase.handed-in' }>>>
  /** When each phase was last said to be built again: what its steps came to before that is past. */
  readonly redoneAt: Readonly<Record<string, string>>
}

export type SessionRecord = Extract<EventBody, { type: 'agent.finished' }>

/** Raised whenever a record changes its shape, so that a snapshot of an older shape is not read as one of today's. */
export const stateVersion = 5

/** The fold of a log. Pure data; JSON-safe. */
export interface RunState {
  readonly version: typeof stateVersion
  readonly seq: number
  /** The highest fence of any event; 0 before the first. */
  readonly fence: number
  readonly runs: Readonly<Record<string, RunRecord>>
  /** The run that was written to last. */
  readonly currentRun?: string
  /** By step key. An accepted step never changes. */
  readonly steps: Readonly<Record<string, StepRecord>>
  /** Agent sessions that ended with work or a verdict, by agent key. */
  readonly sessions: Readonly<Record<string, SessionRecord>>
  /** By evidence key; the newest. */
  readonly evidence: Readonly<Record<string, Evidence>>
  /** By the name that epochs of a phase are counted by. */
  readonly epochs: Readonly<Record<string, number>>
  /** Sequence number by operation id: what makes an append idempotent. */
  readonly operations: Readonly<Record<string, number>>
}
