import { setTimeout as sleep } from 'node:timers/promises'
import type { Lease, StepRecord } from '@nx-conduct/store'
import type { Conduct } from './conduct.ts'
import type { Performed } from './outcome.ts'
import { Aborted } from './problem.ts'
import type { StepPlace } from './progress.ts'
import { record, Superseded } from './record.ts'

const leaseMs = 30_000
const pollMs = 500

export interface OnceRequest {
  readonly place: StepPlace & { readonly phase: string }
  readonly key: string
}

/**
 * Performs a step that nobody has performed yet: an accepted result for the key is used again, another process that is
 * at it is waited for, and the result is recorded under the lease. Execution is at least once, recording exactly once.
 */
export async function once(
  conduct: Conduct,
  request: OnceRequest,
  perform: (lease: Lease) => Promise<Performed>,
): Promise<Performed> {
  const known = await accepted(conduct, request.key)
  if (known) return known
  const lease = await acquire(conduct, request)
  if ('kind' in lease) return lease
  const renewal = setInterval(() => {
    conduct.log.renew(lease, leaseMs).catch(() => undefined)
  }, leaseMs / 3)
  renewal.unref()
  try {
    const meanwhile = await accepted(conduct, request.key)
    if (meanwhile) return meanwhile
    return await performAndRecord(conduct, request, lease, perform)
  } catch (error) {
    if (!(error instanceof Superseded)) throw error
    const theirs = await accepted(conduct, request.key)
    if (theirs) return theirs
    throw error
  } finally {
    clearInterval(renewal)
    await conduct.log.release(lease)
  }
}

async function performAndRecord(
  conduct: Conduct,
  { place, key }: OnceRequest,
  lease: Lease,
  perform: (lease: Lease) => Promise<Performed>,
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

async function acquire(conduct: Conduct, request: OnceRequest): Promise<Lease | Performed> {
  let told = false
  for (;;) {
    const outcome = await conduct.log.acquire(request.key, leaseMs)
    if (outcome.kind === 'acquired') return outcome.lease
    if (!told) {
      told = true
      const { holder, since } = outcome.by
      conduct.report({ type: 'waiting', place: request.place, holder: `${holder.host}, process ${holder.pid}`, since })
    }
    try {
      await sleep(pollMs, undefined, { signal: conduct.signal })
    } catch (cause) {
      throw new Aborted('stopped while another process held the step', { cause })
    }
    const theirs = await accepted(conduct, request.key)
    if (theirs) return theirs
  }
}
