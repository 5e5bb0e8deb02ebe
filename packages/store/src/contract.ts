import type { ProcessIdentity } from '@nx-conduct/git/process'
import type { Event, EventBody } from './event.ts'
import type { RunState } from './state.ts'

/** Why an append was not recorded. Nothing was written in any of these cases. */
export type AppendRefusal =
  | { readonly reason: 'stale-fence'; readonly held: number; readonly offered: number }
  | { readonly reason: 'illegal'; readonly message: string }
  /** The authority could not be reached or answered; the operation may be tried again with the same id. */
  | { readonly reason: 'unavailable'; readonly message: string; readonly hint?: string }

export type AppendOutcome =
  | { readonly kind: 'recorded'; readonly event: Event }
  /** The same operation id was recorded before; this is that event. */
  | { readonly kind: 'already-recorded'; readonly event: Event }
  | { readonly kind: 'refused'; readonly refusal: AppendRefusal }

export interface AppendRequest {
  /** Makes the append idempotent: digest of what it records. */
  readonly operationId: string
  readonly body: EventBody
  /** Commits this event makes reachable (accepted work). */
  readonly commits?: readonly string[]
  /** The lease under which the event is written; a stale one is refused. */
  readonly lease?: Lease
}

/** The process that may work on a step key. */
export type Holder = ProcessIdentity

export interface Lease {
  readonly key: string
  readonly fence: number
  readonly holder: Holder
  readonly since: string
}

export type LeaseOutcome =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'held'; readonly by: Lease }

export type StoreNoticeCode =
  /** An entry or a snapshot of the log cannot be read; it continues from its last valid event. */
  | 'log-damaged'
  /** Something else took entries of the log away; it is put back. */
  | 'log-put-back'
  /** Something wrote entries in the name of this process; they are taken out. */
  | 'log-forged'
  | 'log-not-compacted'
  | 'lease-not-released'
  | 'stale-lock-removed'
  /** The counter of fences was damaged; it continues above every fence that is known. */
  | 'fence-repaired'
  /** The shared repository that is the authority cannot be reached; the log is shown as it was last seen. */
  | 'remote-unreachable'
  /** Redis cannot be used; the run continues on git, or pauses where Redis is required. */
  | 'redis-unreachable'
  | 'redis-paused'
  | 'redis-back'
  /** The mirror is brought up to date, rebuilt, or could not be written. */
  | 'redis-behind'
  | 'redis-foreign'
  | 'redis-incomplete'
  | 'redis-mirror'
  /** What is unsafe about the server's settings. */
  | 'redis-unchecked'
  | 'redis-version'
  | 'redis-eviction'
  | 'redis-persistence'
  | 'redis-replica'

/** What the store reports to a person: a fallback, an unsafe server, a repair. */
export interface StoreNotice {
  readonly code: StoreNoticeCode
  readonly severity: 'info' | 'warning'
  readonly message: string
  readonly hint?: string
}

/**
 * The append-only log of one spec. One contract, several backends; git is the authority.
 * Appends are retried inside on a lost compare-and-swap: callers never see one.
 */
export interface RunLog {
  state(): Promise<RunState>
  append(request: AppendRequest): Promise<AppendOutcome>
  /** Events with `seq > after`, in order. */
  events(after?: number): AsyncIterable<Event>
  acquire(key: string, ttlMs: number): Promise<LeaseOutcome>
  /** False when the lease is no longer ours. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** The leases that are held now, by whomever, as the authority's repository knows them. */
  leases(): Promise<readonly Lease[]>
  /** Removes locks on refs of this spec that dead writers left, the log's and all others. Waits only if there are any. */
  clearStaleLocks(): Promise<void>
  /** Volatile progress (an agent's turn): live stream only, never the log. */
  announce(progress: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}
