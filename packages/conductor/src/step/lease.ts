import { setTimeout as sleep } from 'node:timers/promises'
import type { Lease, RunState } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { Aborted } from '../run/problem.ts'
import type { StepPlace } from '../views/progress.ts'
import { Superseded } from './record.ts'

/** A lease that is being renewed. */
export interface HeldLease extends Lease {
  /** Aborts when another process has the lease: nothing more may be spent under it. */
  readonly lost: AbortSignal
}

export interface Leased<T> {
  readonly place: StepPlace
  readonly key: string
  /** The result that a state of the log has for the key, if it has one. */
  readonly recorded: (state: RunState) => Promise<T | undefined> | T | undefined
}

/**
 * Does something that only one process may do at a time: waits while another holds the key, names it, and returns its
 * result when it has one. The lease is renewed while `work` runs; if it was lost all the same, the other's result counts.
 */
export async function underLease<T>(
  context: Pick<RunContext, 'log' | 'surroundings'>,
  leased: Leased<T>,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const { log, surroundings } = context
  const { leaseMs } = surroundings.waits
  const acquired = await acquire(context, leased)
  if ('result' in acquired) return acquired.result
  const { lease } = acquired
  const lost = new AbortController()
  const renewal = setInterval(() => {
    log.renew(lease, leaseMs).then(
      (ours) => ours || lost.abort(),
      // Whether it is still ours shows at the write: the log refuses a stale lease.
      () => undefined,
    )
  }, leaseMs / 3)
  renewal.unref()
  let superseded = false
  try {
    return (await leased.recorded(await log.state())) ?? (await work({ ...lease, lost: lost.signal }))
  } catch (error) {
    if (!(error instanceof Superseded) || surroundings.signal.aborted) throw error
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'lease-lost',
      message: `the lease was lost while ${leased.place.step} was running: ${error.message}`,
    })
    superseded = true
  } finally {
    clearInterval(renewal)
    if (!superseded) await log.release(lease)
  }
  // The process that took the lease over is waited for; its result counts.
  return (await leased.recorded(await log.state())) ?? underLease(context, leased, work)
}

async function acquire<T>(
  { log, surroundings }: Pick<RunContext, 'log' | 'surroundings'>,
  leased: Leased<T>,
): Promise<{ readonly lease: Lease } | { readonly result: T }> {
  const { leaseMs, pollMs } = surroundings.waits
  let told = false
  for (;;) {
    const outcome = await log.acquire(leased.key, leaseMs)
    if (outcome.kind === 'acquired') {
      if (told) surroundings.report({ type: 'waited', place: leased.place })
      return { lease: outcome.lease }
    }
    if (!told) {
      told = true
      const { holder, since } = outcome.by
      surroundings.report({
        type: 'waiting',
        place: leased.place,
        holder: `${holder.host}, process ${holder.pid}`,
        since,
      })
    }
    try {
      await sleep(pollMs, undefined, { signal: surroundings.signal })
    } catch (cause) {
      throw new Aborted('stopped while another process held the step', { cause })
    }
    const result = await leased.recorded(await log.state())
    if (result !== undefined) return { result }
  }
}
