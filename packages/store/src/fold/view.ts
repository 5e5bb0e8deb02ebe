import type { Evidence } from '../event.ts'
import { type RunRecord, type RunState, type SessionRecord, type StepRecord, stateVersion } from '../state.ts'
import { Dictionary } from './dictionary.ts'

/** The fold as the reducer works on it. Every field is persistent: an event makes a new value and does not change the old one. */
export interface Folded {
  readonly seq: number
  readonly fence: number
  readonly currentRun: string | undefined
  readonly runs: Dictionary<RunRecord>
  readonly steps: Dictionary<StepRecord>
  readonly sessions: Dictionary<SessionRecord>
  readonly evidence: Dictionary<Evidence>
  readonly epochs: Dictionary<number>
  readonly operations: Dictionary<number>
}

const foldedBehind = new WeakMap<RunState, Folded>()

/** The state as callers see it. Its records are built when they are first read, so that folding never pays for them. */
export function viewOf(folded: Folded): RunState {
  const view: RunState = {
    version: stateVersion,
    seq: folded.seq,
    fence: folded.fence,
    ...(folded.currentRun === undefined ? {} : { currentRun: folded.currentRun }),
    get runs() {
      return folded.runs.record()
    },
    get steps() {
      return folded.steps.record()
    },
    get sessions() {
      return folded.sessions.record()
    },
    get evidence() {
      return folded.evidence.record()
    },
    get epochs() {
      return folded.epochs.record()
    },
    get operations() {
      return folded.operations.record()
    },
  }
  foldedBehind.set(view, folded)
  return Object.freeze(view)
}

/** The fold behind a state; a state that came from elsewhere (JSON, a copy) is used unchecked. */
export function foldedOf(state: RunState): Folded {
  const known = foldedBehind.get(state)
  if (known) return known
  const folded: Folded = {
    seq: state.seq,
    fence: state.fence,
    currentRun: state.currentRun,
    runs: Dictionary.of(Object.entries(state.runs)),
    steps: Dictionary.of(Object.entries(state.steps)),
    sessions: Dictionary.of(Object.entries(state.sessions)),
    evidence: Dictionary.of(Object.entries(state.evidence)),
    epochs: Dictionary.of(Object.entries(state.epochs)),
    operations: Dictionary.of(Object.entries(state.operations)),
  }
  foldedBehind.set(state, folded)
  return folded
}
