import type { AppendOutcome, AppendRequest, Lease, LeaseOutcome, RunLog } from './contract.ts'
import type { Event } from './event.ts'
import type { GitRunLog } from './git/git-run-log.ts'
import type { Scratch } from './git/scratch.ts'
import type { RedisLeases } from './redis/redis-leases.ts'
import type { RedisMirror } from './redis/redis-mirror.ts'
import type { RunState } from './state.ts'
import { StoreProblem } from './store-problem.ts'

/** The log in git with Redis beside it: git decides first, Redis is told afterwards. */
export class MirroredRunLog implements RunLog {
  readonly #git: GitRunLog
  readonly #redis: RedisMirror | undefined
  readonly #scratch: Scratch
  readonly #readsOnly: boolean
  #closing: Promise<void> | undefined

  constructor(
    git: GitRunLog,
    redis: RedisMirror | undefined,
    scratch: Scratch,
    { readsOnly }: { readonly readsOnly: boolean },
  ) {
    this.#git = git
    this.#redis = redis
    this.#scratch = scratch
    this.#readsOnly = readsOnly
  }

  async state(): Promise<RunState> {
    this.#mustBeOpen()
    return this.#git.state()
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#mustBeOpen()
    if (this.#redis && !(await this.#redis.admits())) {
      const { message, hint } = this.#redis.missing()
      return { kind: 'refused', refusal: { reason: 'unavailable', message, hint } }
    }
    const outcome = await this.#git.append(request)
    if (outcome.kind !== 'recorded') return outcome
    await this.#redis?.record(outcome.entry)
    return { kind: 'recorded', event: outcome.event }
  }

  async *events(after = 0): AsyncIterable<Event> {
    this.#mustBeOpen()
    yield* this.#git.events(after)
  }

  /** Takes the lease in git, then tells Redis of it. */
  async acquire(key: string, ttlMs: number): Promise<LeaseOutcome> {
    this.#mustBeOpen()
    if (this.#redis && !(await this.#redis.admits())) throw this.#redis.missing()
    const outcome = await this.#git.acquire(key, ttlMs)
    if (outcome.kind === 'acquired') await this.#tell((leases, highest) => leases.tell(outcome.lease, ttlMs, highest))
    return outcome
  }

  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    this.#mustBeOpen()
    if (!(await this.#git.renew(lease, ttlMs))) return false
    await this.#tell((leases, highest) => leases.tell(lease, ttlMs, highest))
    return true
  }

  async release(lease: Lease): Promise<void> {
    if (this.#closing) return
    await this.#git.release(lease)
    await this.#tell((leases, highest) => leases.forget(lease, highest))
  }

  async leases(): Promise<readonly Lease[]> {
    this.#mustBeOpen()
    return this.#git.leases()
  }

  async clearStaleLocks(): Promise<void> {
    this.#mustBeOpen()
    await this.#git.clearStaleLocks()
  }

  announce(progress: Readonly<Record<string, unknown>>): void {
    if (!this.#closing) this.#redis?.announce(progress)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const leases = this.#readsOnly ? [] : await this.#git.releaseAll()
    for (const lease of leases) await this.#tell((held, highest) => held.forget(lease, highest))
    await this.#redis?.close()
    await this.#git.close()
    if (!this.#readsOnly) await this.#scratch.remove()
  }

  async #tell(what: (leases: RedisLeases, highest: number) => Promise<void>): Promise<void> {
    if (!this.#redis) return
    const highest = await this.#git.highestFence()
    await this.#redis.withLeases((leases) => what(leases, highest))
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new StoreProblem('closed', 'the run log is closed', 'Open it again with openRunLog.')
  }
}
