import type { Lease } from '../contract.ts'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/**
 * The leases as readers of Redis see them, over one connection. Git gives and takes leases; what Redis says of them is
 * never read, so that nobody who can write there can take a lease, hold one, or raise a fence.
 */
export class RedisLeases {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection
    this.#keys = keys
  }

  /** Writes down a lease of git's, for `ttlMs` of the server's clock. `highest`: the highest fence that git has given. */
  async tell(lease: Lease, ttlMs: number, highest: number): Promise<void> {
    const { key, holder, since, fence } = lease
    await this.#connection.script(
      'conductTell',
      [this.#keys.meta, this.#keys.lease(key)],
      [key, JSON.stringify(holder), since, ttlMs, fence, highest],
    )
  }

  /** Removes a lease that was given back; one that git has given since stays. */
  async forget({ key, fence }: Lease, highest: number): Promise<void> {
    await this.#connection.script('conductForget', [this.#keys.lease(key)], [fence, highest])
  }
}
