import type { AppendOutcome, AppendRequest, Lease, LeaseOutcome, RunLog } from './contract.ts'
import type { Event } from './event.ts'
import type { GitRunLog } from './git/git-run-log.ts'
import type { Scratch } from './git/scratch.ts'
import type { RedisMirror } from './redis/redis-mirror.ts'
import type { RunState } from './state.ts'
import { StoreProblem } from './store-problem.ts'

/** The log in git with Redis beside it: git decides first, Redis is told afterwards. */
export class MirroredRunLog implements RunLog {
  readonly #git: GitRunLog
  readonly #redis: RedisMirror | undefined
  readonly #scratch: Scratch
  #closing: Promise<void> | undefined

  constructor(git: GitRunLog, redis: RedisMirror | undefined, scratch: Scratch) {
    this.#git = git
    this.#redis = redis
    this.#scratch = scratch
  }

  async state(): Promise<RunState> {
    this.#mustBeOpen()
    return this.#git.state()
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#mustBeOpen()
    if (this.#redis && !(await this.#redis.admits())) {
      return { kind: 'refused', refusal: { reason: 'unavailable', message: this.#redis.missing().message } }
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

  /**
   * Takes the lease in Redis first, where other clones see it, then in git, where an append can depend on it. Both know
   * it under one fence.
   */
  async acquire(key: string, ttlMs: number): Promise<LeaseOutcome> {
    this.#mustBeOpen()
    const redis = this.#redis
    if (!redis) return this.#git.acquire(key, ttlMs)
    if (!(await redis.admits())) throw redis.missing()
    const floor = await this.#git.highestFence()
    const shared = await redis.withLeases((leases) => leases.acquire(key, ttlMs, floor + 1))
    if (shared?.kind === 'held') return shared
    const outcome = await this.#git.acquire(key, ttlMs, shared ? shared.lease.fence - 1 : 0)
    if (!shared) return outcome
    if (outcome.kind === 'held') {
      await redis.withLeases((leases) => leases.release(shared.lease))
    } else if (outcome.lease.fence !== shared.lease.fence) {
      // Somebody took a fence in git in between; Redis learns the higher one.
      await redis.withLeases((leases) => leases.renew(outcome.lease, ttlMs))
    }
    return outcome
  }

  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    this.#mustBeOpen()
    if (!(await this.#git.renew(lease, ttlMs))) return false
    return (await this.#redis?.withLeases((leases) => leases.renew(lease, ttlMs))) ?? true
  }

  async release(lease: Lease): Promise<void> {
    if (this.#closing) return
    await this.#git.release(lease)
    await this.#redis?.withLeases((leases) => leases.release(lease))
  }

  async leases(): Promise<readonly Lease[]> {
    this.#mustBeOpen()
    return this.#git.leases()
  }

  announce(progress: Readonly<Record<string, unknown>>): void {
    if (!this.#closing) this.#redis?.announce(progress)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const leases = await this.#git.releaseAll()
    for (const lease of leases) await this.#redis?.withLeases((held) => held.release(lease))
    await this.#redis?.close()
    await this.#git.close()
    await this.#scratch.remove()
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new StoreProblem('closed', 'the run log is closed', 'Open it again with openRunLog.')
  }
}
