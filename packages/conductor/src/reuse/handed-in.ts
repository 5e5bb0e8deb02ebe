import type { Phase, Plan } from '@nx-conduct/spec'
import type { EventBody, RunState } from '@nx-conduct/store'
import { epochOf } from '../step/keys.ts'

/** A person's work for a phase, as the log has it. */
export type HandedIn = Extract<EventBody, { type: 'phase.handed-in' }>

/** What counts as handed in for a phase: the newest for its slice, until the phase is redone. */
export function handedInFor(plan: Plan, state: Pick<RunState, 'runs' | 'epochs'>, phase: Phase): HandedIn | undefined {
  const epoch = epochOf(plan, state, phase)
  return allHandedIn(state).find((each) => each.slice === phase.digest && each.epoch === epoch)
}

/** The newest of each phase and run, the newest run first. */
export function allHandedIn({ runs }: Pick<RunState, 'runs'>): readonly HandedIn[] {
  return Object.values(runs)
    .toSorted((one, other) => (one.openedAt < other.openedAt ? 1 : -1))
    .flatMap(({ handedIn }) => Object.values(handedIn))
}
