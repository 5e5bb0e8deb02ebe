import type { Lease, ResultOf, RunState, StepName, StepResult, StepSource } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import type { StepPlace } from '../views/progress.ts'
import { type HeldLease, underLease } from './lease.ts'
import type { Outcome, StepFailure, Yield } from './outcome.ts'
import { record } from './record.ts'

/** What the inside of a step comes to, before it is recorded. */
export type Performed<S extends StepResult['step']> =
  | { readonly kind: 'result'; readonly source: StepSource; readonly result: ResultOf<S>; readonly summary: string }
  | StepFailure

export interface OnceRequest<S extends StepResult['step']> {
  readonly step: S
  readonly place: StepPlace & { readonly step: StepName; readonly phase: string }
  readonly key: string
  /** The state that the caller has read. */
  readonly state: RunState
}

/**
 * Looks a step up, performs it if nobody has, and records it: an accepted result for the key is reused, another process
 * that works on it is waited for, and the result is recorded under the lease. Execution is at least once, recording
 * exactly once.
 */
export async function recordOncePerKey<S extends StepResult['step']>(
  context: Pick<RunContext, 'run' | 'log' | 'surroundings'>,
  { step, place, key, state }: OnceRequest<S>,
  perform: (lease: HeldLease) => Promise<Performed<S>>,
): Promise<Outcome<S>> {
  const recorded = (at: RunState) => recordedResult(at, step, key)
  return (
    recorded(state) ??
    underLease<Outcome<S>>(context, { place, key, recorded }, async (lease) => {
      const { clock } = context.surroundings
      const event = { run: context.run.id, ...place, stepKey: key }
      await record(context, { type: 'step.started', ...event }, entry('started', key, lease))
      const startedMs = clock.monotonicMs()
      const performed = await perform(lease)
      if (performed.kind === 'failed') {
        const { reason, message, hint } = performed
        const said = { reason, message, ...(hint === undefined ? {} : { hint }) }
        await record(context, { type: 'step.failed', ...event, ...said }, entry('failed', key, lease))
        return performed
      }
      const { source, result, summary } = performed
      const durationMs = Math.round(clock.monotonicMs() - startedMs)
      await record(
        context,
        { type: 'step.accepted', ...event, source, result, summary, durationMs },
        { lease, operationId: `step.accepted:${key}`, commits: commitsOf(result) },
      )
      return { ...performed, key }
    })
  )
}

function entry(what: string, key: string, lease: Lease) {
  return { lease, operationId: `step.${what}:${key}:${lease.fence}` }
}

/** The result that the log has for a step key. */
export function recordedResult<S extends StepResult['step']>(
  { steps }: Pick<RunState, 'steps'>,
  step: S,
  key: string,
): Yield<S> | undefined {
  const found = steps[key]
  if (found?.status !== 'accepted' || found.result === undefined || !isOf(found.result, step)) return undefined
  return { kind: 'result', source: 'recorded', key, result: found.result, summary: found.summary ?? '' }
}

/** Whether a result is one of a step. */
export function isOf<S extends StepResult['step']>(result: StepResult, step: S): result is ResultOf<S> {
  return result.step === step
}

function commitsOf(result: StepResult): readonly string[] {
  return result.step === 'worktrees' && result.start.kind === 'adopted'
    ? [result.commit, result.start.commit]
    : [result.commit]
}
