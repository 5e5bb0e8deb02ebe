import { setTimeout as sleep } from 'node:timers/promises'
import type { Lease } from '@nx-conduct/store'
import type { Conduct } from '../run/conduct.ts'
import { Aborted } from '../run/problem.ts'
import type { StepPlace } from '../views/progress.ts'
import { Superseded } from './record.ts'

const leaseMs = 30_000
const pollMs = 500

/** A lease that is being renewed. */
export interface HeldLease extends Lease {
  /** Aborts when the lease turns out to be somebody else's: nothing more is spent under it. */
  readonly lost: AbortSignal
}

export interface Held<T> {
  readonly place: StepPlace
  readonly key: string
  /** What another process came to in the meantime, if it is done. */
  readonly theirs: () => Promise<T | undefined>
}

/**
 * Does something that only one process may do at a time: waits while another holds the key, says who, and takes its
 * result when it has one. The lease is renewed while `work` goes on; when it was lost all the same, the other's result counts.
 */
export async function underLease<T>(
  conduct: Conduct,
  held: Held<T>,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  const known = await held.theirs()
  if (known !== undefined) return known
  const acquired = await acquire(conduct, held)
  if ('result' in acquired) return acquired.result
  const { lease } = acquired
  const lost = new AbortController()
  const renewal = setInterval(() => {
    conduct.log.renew(lease, leaseMs).then(
      (ours) => ours || lost.abort(),
      // Whether it is still ours shows at the write: the log refuses a stale lease.
      () => undefined,
    )
  }, leaseMs / 3)
  renewal.unref()
  let superseded = false
  try {
    return (await held.theirs()) ?? (await work({ ...lease, lost: lost.signal }))
  } catch (error) {
    if (!(error instanceof Superseded) || conduct.signal.aborted) throw error
    conduct.report({
      type: 'notice',
      severity: 'warning',
      code: 'lease-lost',
      message: `the lease was lost while ${held.place.step} was at work: ${error.message}`,
    })
    superseded = true
  } finally {
    clearInterval(renewal)
    if (!superseded) await conduct.log.release(lease)
  }
  // Whoever took the lease over is waited for; its result counts.
  return underLease(conduct, held, work)
}

async function acquire<T>(
  conduct: Conduct,
  held: Held<T>,
): Promise<{ readonly lease: Lease } | { readonly result: T }> {
  let told = false
  for (;;) {
    const outcome = await conduct.log.acquire(held.key, leaseMs)
    if (outcome.kind === 'acquired') return { lease: outcome.lease }
    if (!told) {
      told = true
      const { holder, since } = outcome.by
      conduct.report({ type: 'waiting', place: held.place, holder: `${holder.host}, process ${holder.pid}`, since })
    }
    try {
      await sleep(pollMs, undefined, { signal: conduct.signal })
    } catch (cause) {
      throw new Aborted('stopped while another process held the step', { cause })
    }
    const result = await held.theirs()
    if (result !== undefined) return { result }
  }
}
