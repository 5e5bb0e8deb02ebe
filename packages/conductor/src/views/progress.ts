import type { StepName, StepSource, Usage } from '@nx-conduct/store'
import type { FailureReason } from '../step/outcome.ts'
import type { NoticeCode } from './notice.ts'

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
  | {
      readonly type: 'step-failed'
      readonly place: StepPlace
      readonly reason: FailureReason
      readonly message: string
    }
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
  /** An agent of the Messages API calls a tool. What a program does comes with what it says. */
  | {
      readonly type: 'agent-tool'
      readonly place: StepPlace
      readonly role: string
      readonly tool: string
      /** What it is called for: a command, or a path. */
      readonly summary: string
    }
  /** What an agent that is a program said or did last. Without `tokens` nobody counts them. */
  | {
      readonly type: 'agent-said'
      readonly place: StepPlace
      readonly role: string
      readonly tokens?: number
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
    }
  | {
      readonly type: 'gate'
      readonly place: StepPlace
      readonly gate: string
      readonly rule: string
      readonly outcome: 'passed' | 'failed'
      /** True when the log had evidence for exactly this tree. */
      readonly recorded: boolean
      readonly durationMs: number
      /** What ran for it, where its rule names no command. */
      readonly ran?: readonly string[]
    }
  /** The spec's `setup:` starts in a checkout, or with a duration, has ended there. */
  | { readonly type: 'setup'; readonly command: string; readonly durationMs?: number }
  /** Another process holds a step's lease; `waited` when the wait is over. */
  | { readonly type: 'waiting'; readonly place: StepPlace; readonly holder: string; readonly since: string }
  | { readonly type: 'waited'; readonly place: StepPlace }
  /**
   * A command, or making a checkout for `what`. Every one that is told of ends. Commands wait for a free place first. No news by itself,
   * but what a person is told when nothing else happens.
   */
  | {
      readonly type: 'work'
      readonly kind: 'command' | 'checkout'
      readonly what: string
      readonly state: 'waits' | 'runs' | 'ended'
    }
  | {
      readonly type: 'notice'
      readonly severity: 'info' | 'warning' | 'error'
      readonly code: NoticeCode
      readonly message: string
      readonly hint?: string
    }
