import { livenessOf } from '@nx-conduct/git/process'
import type { Holder, Lease, LeaseOutcome } from '../contract.ts'
import { type RedisConnection, RedisFailure } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/** Leases by the server's clock, over one connection. */
export class RedisLeases {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #self: Holder
  readonly #now: () => Date

  constructor(connection: RedisConnection, keys: RedisKeys, self: Holder, now: () => Date) {
    this.#connection = connection
    this.#keys = keys
    this.#self = self
    this.#now = now
  }

  /** Takes the lease when it is free or its holder is provably dead, with a fence of at least `lowest`. */
  async acquire(key: string, ttlMs: number, lowest: number): Promise<LeaseOutcome> {
    const since = this.#now().toISOString()
    let overtake = 0
    for (;;) {
      const answer = await this.#connection.script(
        'conductAcquire',
        [this.#keys.meta, this.#keys.lease(key)],
        [key, JSON.stringify(this.#self), since, ttlMs, lowest, overtake],
      )
      const [word, fence, holder, heldSince] = Array.isArray(answer) ? answer : []
      if (word === 'acquired')
        return { kind: 'acquired', lease: { key, fence: Number(fence), holder: this.#self, since } }
      if (word !== 'held')
        throw new RedisFailure('answer', `Redis gave an answer that was not expected: ${JSON.stringify(answer)}`)
      const by: Lease = { key, fence: Number(fence), holder: parseHolder(holder), since: String(heldSince) }
      if (overtake === by.fence || livenessOf(by.holder, this.#self) !== 'dead') return { kind: 'held', by }
      overtake = by.fence
    }
  }

  /** Keeps the lease, or puts it back when the server has lost it. False when somebody has a newer one. */
  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    const answer = await this.#connection.script(
      'conductRenew',
      [this.#keys.meta, this.#keys.lease(lease.key)],
      [lease.key, JSON.stringify(lease.holder), lease.since, ttlMs, lease.fence],
    )
    return answer === 1
  }

  async release(lease: Lease): Promise<void> {
    await this.#connection.script('conductRelease', [this.#keys.lease(lease.key)], [lease.fence])
  }
}

function parseHolder(json: unknown): Holder {
  try {
    const { host, pid, startedAt } = JSON.parse(String(json)) as Partial<Holder>
    if (typeof host === 'string' && typeof pid === 'number' && typeof startedAt === 'string')
      return { host, pid, startedAt }
  } catch {
    // Falls through: a holder that cannot be read is nobody we could prove dead.
  }
  return { host: 'unknown', pid: 0, startedAt: '' }
}
