import type { Event } from './event.ts'
import { advance } from './fold/advance.ts'
import { Dictionary } from './fold/dictionary.ts'
import { foldedOf, viewOf } from './fold/view.ts'
import type { RunState } from './state.ts'

export type Reduced =
  | { readonly kind: 'ok'; readonly state: RunState }
  | { readonly kind: 'illegal'; readonly message: string }

/** The state of a log without events. */
export function initialState(): RunState {
  return viewOf({
    seq: 0,
    fence: 0,
    currentRun: undefined,
    runs: Dictionary.of([]),
    steps: Dictionary.of([]),
    sessions: Dictionary.of([]),
    evidence: Dictionary.of([]),
    epochs: Dictionary.of([]),
    operations: Dictionary.of([]),
  })
}

/**
 * The state after an event, or why the log may not hold that event here. Pure: `state` stays what it was. Illegal are
 * - a sequence number that is not the next, and an operation that is already recorded,
 * - `phase.complete` without at least one gate, or without passing evidence for each gate on its tree in its environment,
 * - a second accepted result for a step key, and anything about a step under an older fence than its last,
 * - an epoch that does not rise, an event of a run that was never opened, and any event of a finalized run.
 *
 * Takes the same time for a long log as for a short one.
 */
export function reduce(state: RunState, event: Event): Reduced {
  const advanced = advance(foldedOf(state), event)
  return advanced.kind === 'ok' ? { kind: 'ok', state: viewOf(advanced.folded) } : advanced
}
