import type { StepRecord } from '@nx-conduct/store'
import type { Conduct } from '../run/conduct.ts'
import type { StepPlace } from '../views/progress.ts'
import { type HeldLease, underLease } from './lease.ts'
import type { Performed } from './outcome.ts'
import { record } from './record.ts'

export interface OnceRequest {
  readonly place: StepPlace & { readonly phase: string }
  readonly key: string
}

/**
 * Performs a step that nobody has performed yet: an accepted result for the key is used again, another process that is
 * at it is waited for, and the result is recorded under the lease. Execution is at least once, recording exactly once.
 */
export function once(
  conduct: Conduct,
  request: OnceRequest,
  perform: (lease: HeldLease) => Promise<Performed>,
): Promise<Performed> {
  return underLease<Performed>(conduct, { ...request, theirs: () => accepted(conduct, request.key) }, (lease) =>
    performAndRecord(conduct, request, lease, perform),
  )
}

async function performAndRecord(
  conduct: Conduct,
  { place, key }: OnceRequest,
  lease: HeldLease,
  perform: (lease: HeldLease) => Promise<Performed>,
): Promise<Performed> {
  const about = { run: conduct.run.id, ...place, stepKey: key }
  await record(
    conduct,
    { type: 'step.started', ...about },
    { lease, operationId: `step.started:${key}:${lease.fence}` },
  )
  const startedMs = conduct.clock.monotonicMs()
  const performed = await perform(lease)
  if (performed.kind === 'failed') {
    await record(
      conduct,
      { type: 'step.failed', ...about, reason: performed.reason, message: performed.message, details: {} },
      { lease, operationId: `step.failed:${key}:${lease.fence}` },
    )
    return performed
  }
  await record(
    conduct,
    {
      type: 'step.accepted',
      ...about,
      source: performed.source,
      result: {
        tree: performed.tree,
        commit: performed.commit,
        details: { ...performed.details, summary: performed.summary },
      },
      durationMs: Math.round(conduct.clock.monotonicMs() - startedMs),
    },
    { lease, operationId: `step.accepted:${key}`, commits: [performed.commit] },
  )
  return performed
}

async function accepted(conduct: Conduct, key: string): Promise<Performed | undefined> {
  const step: StepRecord | undefined = (await conduct.log.state()).steps[key]
  if (step?.status !== 'accepted' || !step.result) return undefined
  const { summary } = step.result.details
  return {
    kind: 'result',
    source: 'known',
    commit: step.result.commit,
    tree: step.result.tree,
    details: step.result.details,
    summary: typeof summary === 'string' ? summary : 'done before',
  }
}
