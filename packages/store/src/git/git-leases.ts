import { GitError, type GitPlace, gitText, livenessOf, type RefChange, type RefOutcome } from '@nx-conduct/git/process'
import type { Holder, Lease, LeaseOutcome } from '../contract.ts'
import { StoreProblem } from '../store-problem.ts'
import type { Authority } from './authority.ts'
import { overtakenAtMost } from './authority.ts'
import { readTip } from './log-tip.ts'
import type { LogRefs } from './names.ts'
import type { FoundObject, ObjectStore } from './objects.ts'

interface LeaseRecord {
  readonly version: 1
  readonly key: string
  readonly fence: number
  readonly holder: Holder
  readonly since: string
  readonly ttlMs: number
  readonly renewals: number
}

interface FoundLease {
  readonly oid: string
  readonly record: LeaseRecord
}

export type LeaseCheck =
  /** The lease is in force; the change makes an append depend on that. */
  { readonly kind: 'in-force'; readonly verify: RefChange } | { readonly kind: 'stale'; readonly held: number }

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
  readonly #objects: ObjectStore
  readonly #authority: Authority
  readonly #refs: LogRefs
  readonly #self: Holder
  readonly #clock: LeaseClock
  /** Since when each lease of others has looked as it looks. */
  readonly #seen = new Map<string, { readonly oid: string; readonly sinceMs: number }>()

  constructor(
    place: GitPlace,
    objects: ObjectStore,
    authority: Authority,
    refs: LogRefs,
    self: Holder,
    clock: LeaseClock,
  ) {
    this.#place = place
    this.#objects = objects
    this.#authority = authority
    this.#refs = refs
    this.#self = self
    this.#clock = clock
  }

  /** Takes the lease when it is free, with a fence above `above` and above every fence before it. */
  async acquire(key: string, ttlMs: number, above: number): Promise<LeaseOutcome> {
    for (let attempt = 0; ; attempt++) {
      await this.#authority.refresh(true)
      // The first look believes that what cannot be read is not there; a refused transaction shows that it is damaged.
      const found = (await this.#find(key)) ?? (attempt > 0 ? await this.#findDamaged(key) : undefined)
      if (found && !this.#isFree(key, found)) return { kind: 'held', by: leaseOf(found.record) }
      const counter = await this.#counter(attempt)
      const fence = Math.max(above, counter.value, found?.record.fence ?? 0) + 1
      const record: LeaseRecord = {
        version: 1,
        key,
        fence,
        holder: this.#self,
        since: this.#clock.now().toISOString(),
        ttlMs,
        renewals: 0,
      }
      const oid = await this.#objects.writeBlob(Buffer.from(JSON.stringify(record)), 'lease')
      const raised = await this.#objects.writeBlob(Buffer.from(`${fence}\n`), 'fence')
      const outcome = await this.#authority.transact([
        { kind: 'set', ref: this.#refs.fence, to: raised, from: counter.oid },
        { kind: 'set', ref: this.#refs.lease(key), to: oid, from: found?.oid },
      ])
      if (outcome.kind === 'done') {
        this.#seen.delete(key)
        return { kind: 'acquired', lease: leaseOf(record) }
      }
      giveUp(outcome, attempt)
    }
  }

  /** The highest fence given out so far. */
  async counter(): Promise<number> {
    return (await this.#counter(0)).value
  }

  /** False when the lease is no longer ours. */
  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      const found = await this.#find(lease.key)
      if (found?.record.fence !== lease.fence) return false
      const record: LeaseRecord = { ...found.record, ttlMs, renewals: found.record.renewals + 1 }
      const oid = await this.#objects.writeBlob(Buffer.from(JSON.stringify(record)), 'lease')
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

  /** Leases whose holders are provably gone: a killed process gives nothing back, and nobody may ever ask for that key again. */
  async ofTheDead(): Promise<readonly Lease[]> {
    const dead = (await this.#all()).filter(({ record }) => livenessOf(record.holder, this.#self) === 'dead')
    return dead.map(({ record }) => leaseOf(record))
  }

  async #all(): Promise<readonly FoundLease[]> {
    const listed = await gitText(this.#place, ['for-each-ref', '--format=%(refname)', this.#refs.leases])
    const all: FoundLease[] = []
    for (const ref of listed.split('\n').filter(Boolean)) {
      const found = await this.#read(ref)
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
    const found = await this.#read(this.#refs.lease(key))
    const record = found && parseLease(found.content)
    return found && { oid: found.oid, record: record?.key === key ? record : unreadableLease(key) }
  }

  async #findDamaged(key: string): Promise<FoundLease | undefined> {
    const tip = await readTip(this.#place, this.#objects, this.#refs.lease(key))
    return tip.kind === 'at' ? { oid: tip.oid, record: unreadableLease(key) } : undefined
  }

  async #counter(attempt: number): Promise<{ readonly oid: string | undefined; readonly value: number }> {
    const found = await this.#read(this.#refs.fence)
    if (found) return { oid: found.oid, value: Number.parseInt(found.content.toString('utf8'), 10) || lostCounterGap }
    const tip = attempt > 0 ? await readTip(this.#place, this.#objects, this.#refs.fence) : undefined
    return tip?.kind === 'at' ? { oid: tip.oid, value: lostCounterGap } : { oid: undefined, value: 0 }
  }

  async #read(name: string): Promise<FoundObject | undefined> {
    try {
      return await this.#objects.read(name)
    } catch (error) {
      if (error instanceof GitError) return undefined
      throw error
    }
  }
}

/** A counter that cannot be read any more is replaced by one beyond every fence that it can have given out. */
const lostCounterGap = 1_000_000_000

function leaseOf({ key, fence, holder, since }: LeaseRecord): Lease {
  return { key, fence, holder, since }
}

/** A damaged lease holds its place for as long as a healthy one could, so that nobody is overtaken by accident. */
function unreadableLease(key: string): LeaseRecord {
  return {
    version: 1,
    key,
    fence: 0,
    holder: { host: 'unknown', pid: 0, startedAt: '' },
    since: 'unknown',
    ttlMs: 60_000,
    renewals: 0,
  }
}

function parseLease(content: Buffer): LeaseRecord | undefined {
  try {
    const record = JSON.parse(content.toString('utf8')) as Partial<LeaseRecord>
    const { fence, holder, ttlMs } = record
    const whole =
      record.version === 1 && typeof record.key === 'string' && Number.isSafeInteger(fence) && Number.isFinite(ttlMs)
    return whole && typeof holder?.host === 'string' && Number.isSafeInteger(holder.pid)
      ? (record as LeaseRecord)
      : undefined
  } catch {
    return undefined
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
