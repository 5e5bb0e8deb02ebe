import {
  type GitPlace,
  gitText,
  livenessOf,
  type ObjectPipes,
  type RefChange,
  type RefOutcome,
} from '@nx-conduct/git/process'
import type { Holder, Lease, LeaseOutcome, StoreNotice } from '../contract.ts'
import { StoreProblem } from '../store-problem.ts'
import { type Authority, overtakenAtMost } from './authority.ts'
import { type Counter, nextFence, readCounter, readUndamaged, repairedNotice } from './fence-counter.ts'
import { type LeaseRecord, leaseOf, parseLease, unreadableLease } from './lease-record.ts'
import { readTip } from './log-tip.ts'
import type { LogRefs } from './names.ts'

interface FoundLease {
  readonly oid: string
  readonly record: LeaseRecord
}

export type LeaseCheck =
  /** The lease is in force; the change makes an append depend on that. */
  { readonly kind: 'in-force'; readonly verify: RefChange } | { readonly kind: 'stale'; readonly held: number }

export interface GitLeasesParts {
  readonly place: GitPlace
  readonly objects: ObjectPipes
  readonly authority: Authority
  readonly refs: LogRefs
  readonly holder: Holder
  readonly clock: LeaseClock
  readonly onNotice: (notice: StoreNotice) => void
}

export interface LeaseClock {
  readonly now: () => Date
  readonly monotonicMs: () => number
}

/**
 * Leases as refs. A lease is renewed by replacing its blob; one that stays unchanged for its own time to live on *our*
 * clock, or whose holder is provably dead, is free. No two leases of a spec ever get the same fence: the counter is
 * raised in the transaction that takes the lease, and outlives it.
 *
 * Not for concurrent use: callers take turns.
 */
export class GitLeases {
  readonly #place: GitPlace
  readonly #objects: ObjectPipes
  readonly #authority: Authority
  readonly #refs: LogRefs
  readonly #self: Holder
  readonly #clock: LeaseClock
  readonly #onNotice: (notice: StoreNotice) => void
  /** Since when each lease of others has looked as it looks. */
  readonly #seen = new Map<string, { readonly oid: string; readonly sinceMs: number }>()

  constructor({ place, objects, authority, refs, holder, clock, onNotice }: GitLeasesParts) {
    this.#place = place
    this.#objects = objects
    this.#authority = authority
    this.#refs = refs
    this.#self = holder
    this.#clock = clock
    this.#onNotice = onNotice
  }

  /** Takes the lease when it is free, with a fence above `above` and above every fence before it. */
  async acquire(key: string, ttlMs: number, above: number): Promise<LeaseOutcome> {
    for (let attempt = 0; ; attempt++) {
      await this.#authority.refresh(true)
      // An unreadable lease counts as absent at first; if the transaction is refused, as damaged.
      const found = (await this.#find(key)) ?? (attempt > 0 ? await this.#findDamaged(key) : undefined)
      if (found && !this.#isFree(key, found)) return { kind: 'held', by: leaseOf(found.record) }
      const counter = await this.#counter(attempt > 0)
      const fence = nextFence(
        counter,
        [above, found?.record.fence ?? 0, ...(await this.#heldUnder(counter))],
        this.#refs,
      )
      const record: LeaseRecord = {
        version: 1,
        key,
        fence,
        holder: this.#self,
        since: this.#clock.now().toISOString(),
        ttlMs,
        renewals: 0,
      }
      const oid = await this.#objects.writeBlob(Buffer.from(JSON.stringify(record)))
      const raised = await this.#objects.writeBlob(Buffer.from(`${fence}\n`))
      const outcome = await this.#authority.transact([
        { kind: 'set', ref: this.#refs.fence, to: raised, from: counter.oid },
        { kind: 'set', ref: this.#refs.lease(key), to: oid, from: found?.oid },
      ])
      if (outcome.kind === 'done') {
        if (counter.kind === 'damaged') this.#onNotice(repairedNotice(this.#refs.fence, fence))
        this.#seen.delete(key)
        return { kind: 'acquired', lease: leaseOf(record) }
      }
      giveUp(outcome, attempt)
    }
  }

  /** The fences of all leases, which tell how far a damaged counter had come. */
  async #heldUnder(counter: Counter): Promise<readonly number[]> {
    return counter.kind === 'damaged' ? (await this.#all()).map(({ record }) => record.fence) : []
  }

  #counter(careful: boolean): Promise<Counter> {
    return readCounter(this.#place, this.#objects, this.#refs.fence, careful)
  }

  /** The highest fence given out so far, as the counter has it; 0 when that cannot be read. */
  async counter(): Promise<number> {
    const counter = await this.#counter(false)
    return counter.kind === 'at' ? counter.value : 0
  }

  /** False when the lease is no longer ours. */
  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.#find(lease.key)
      if (found?.record.fence !== lease.fence) return false
      const record: LeaseRecord = { ...found.record, ttlMs, renewals: found.record.renewals + 1 }
      const oid = await this.#objects.writeBlob(Buffer.from(JSON.stringify(record)))
      const outcome = await this.#authority.transact([
        { kind: 'set', ref: this.#refs.lease(lease.key), to: oid, from: found.oid },
      ])
      if (outcome.kind === 'done') return true
      giveUp(outcome, attempt)
      await this.#authority.refresh(true)
    }
  }

  async release(lease: Lease): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.#find(lease.key)
      if (found?.record.fence !== lease.fence) return
      const outcome = await this.#authority.transact([
        { kind: 'delete', ref: this.#refs.lease(lease.key), from: found.oid },
      ])
      if (outcome.kind === 'done') return
      giveUp(outcome, attempt)
      await this.#authority.refresh(true)
    }
  }

  /** Every lease that is not free, by key. */
  async list(): Promise<readonly Lease[]> {
    const leases = (await this.#all()).filter((found) => !this.#isFree(found.record.key, found))
    return leases.map(({ record }) => leaseOf(record)).sort((one, other) => (one.key < other.key ? -1 : 1))
  }

  /** Leases whose holders are provably gone: a killed process releases nothing, and nobody may ever ask for that key again. */
  async ofTheDead(): Promise<readonly Lease[]> {
    const dead = (await this.#all()).filter(({ record }) => livenessOf(record.holder, this.#self) === 'dead')
    return dead.map(({ record }) => leaseOf(record))
  }

  async #all(): Promise<readonly FoundLease[]> {
    const listed = await gitText(this.#place, ['for-each-ref', '--format=%(refname)', this.#refs.leases])
    const all: FoundLease[] = []
    for (const ref of listed.split('\n').filter(Boolean)) {
      const found = await readUndamaged(this.#objects, ref)
      const record = found && parseLease(found.content)
      if (found && record) all.push({ oid: found.oid, record })
    }
    return all
  }

  /** Whether an append under the lease may be tried. */
  async check(lease: Lease): Promise<LeaseCheck> {
    const found = await this.#find(lease.key)
    if (found?.record.fence === lease.fence) {
      return { kind: 'in-force', verify: { kind: 'verify', ref: this.#refs.lease(lease.key), is: found.oid } }
    }
    return { kind: 'stale', held: found?.record.fence ?? (await this.counter()) }
  }

  #isFree(key: string, found: FoundLease): boolean {
    if (livenessOf(found.record.holder, this.#self) === 'dead') return true
    const nowMs = this.#clock.monotonicMs()
    const seen = this.#seen.get(key)
    if (seen?.oid !== found.oid) {
      this.#seen.set(key, { oid: found.oid, sinceMs: nowMs })
      return false
    }
    return nowMs - seen.sinceMs >= found.record.ttlMs
  }

  async #find(key: string): Promise<FoundLease | undefined> {
    const found = await readUndamaged(this.#objects, this.#refs.lease(key))
    const record = found && parseLease(found.content)
    return found && { oid: found.oid, record: record?.key === key ? record : unreadableLease(key) }
  }

  async #findDamaged(key: string): Promise<FoundLease | undefined> {
    const tip = await readTip(this.#place, this.#objects, this.#refs.lease(key))
    return tip.kind === 'at' ? { oid: tip.oid, record: unreadableLease(key) } : undefined
  }
}

/** Returns when the transaction is worth another try. */
function giveUp(outcome: Exclude<RefOutcome, { kind: 'done' }>, attempt: number): void {
  if (outcome.kind === 'moved' && attempt < overtakenAtMost) return
  throw new StoreProblem(
    'git',
    `a lease cannot be written: ${outcome.message}`,
    outcome.kind === 'locked'
      ? 'If no process is at work on this spec, remove that file and run the same command again.'
      : 'Look at the repository with: git fsck – then run the same command again.',
  )
}
