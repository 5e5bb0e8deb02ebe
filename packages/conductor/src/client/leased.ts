import type { Phase } from '@nx-conduct/spec'
import type { StepName } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import type { Leased } from '../step/lease.ts'

/** What only one client of a run does at a time: it is done again by whoever comes next, on what the one before left. */
export function leasedBy<T>({ run }: Pick<RunContext, 'run'>, step: StepName, phase: Phase, what: string): Leased<T> {
  return {
    place: { step, phase: phase.id },
    key: `client ${run.id} ${step} ${what}`,
    recorded: () => undefined,
  }
}
