import type { AgentReport, AgentRole, Verdict } from '../contract.ts'

/** One tool call of a scripted turn, in the words of the score. */
export type ScoreTool =
  | { readonly tool: 'bash'; readonly command: string }
  | { readonly tool: 'create'; readonly path: string; readonly text: string }
  | { readonly tool: 'replace'; readonly path: string; readonly old: string; readonly new: string }
  | { readonly tool: 'insert'; readonly path: string; readonly line: number; readonly text: string }
  | { readonly tool: 'view'; readonly path: string }

/** Stop reasons a score may force, besides those that follow from a turn's content. */
export const scoreStops = ['refusal', 'max_tokens', 'pause_turn', 'model_context_window_exceeded'] as const
export type ScoreStop = (typeof scoreStops)[number]

/** One answer of the played model. */
export type ScoreTurn = {
  /** Text said before anything else; absent = none. */
  readonly say?: string
  /** Milliseconds to wait before the answer. */
  readonly delayMs: number
} & (
  | { readonly kind: 'work'; readonly tools: readonly ScoreTool[] }
  | { readonly kind: 'report'; readonly report: AgentReport }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'stop'; readonly reason: ScoreStop }
  /** Answers with an API error instead of a message; the next try gets the next turn. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly type: string
      readonly message: string
      readonly retryAfterSeconds?: number
    }
)

/** Turns played to every session the matchers fit; the first fitting entry of a score wins. */
export interface ScoreSession {
  readonly role: AgentRole
  readonly phase?: string
  readonly module?: string
  readonly round?: string
  readonly turns: readonly ScoreTurn[]
}

/** What a rehearsal plays. */
export interface Score {
  readonly sessions: readonly ScoreSession[]
}

/** One finding about a score's text. `line` and `column` count from 1. */
export interface ScoreProblem {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}
