import type { Lease, StoreNotice } from '../contract.ts'
import { messageOf } from '../message-of.ts'
import type { GitLeases } from './git-leases.ts'

/** The leases that this process holds. Not for concurrent use. */
export class HeldLeases {
  readonly #leases: GitLeases
  readonly #onNotice: (notice: StoreNotice) => void
  readonly #ours = new Map<string, Lease>()

  constructor(leases: GitLeases, onNotice: (notice: StoreNotice) => void) {
    this.#leases = leases
    this.#onNotice = onNotice
  }

  add(lease: Lease): void {
    this.#ours.set(lease.key, lease)
  }

  /** False when the lease is no longer ours. */
  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    const renewed = await this.#leases.renew(lease, ttlMs)
    if (!renewed) this.#forget(lease)
    return renewed
  }

  async release(lease: Lease): Promise<void> {
    this.#forget(lease)
    await this.#giveBack(lease)
  }

  /** Gives back every lease that is still ours or was a dead process's, and returns them. */
  async releaseAll(): Promise<readonly Lease[]> {
    const leases = [...this.#ours.values(), ...(await this.#ofTheDead())]
    this.#ours.clear()
    for (const lease of leases) await this.#giveBack(lease)
    return leases
  }

  async #ofTheDead(): Promise<readonly Lease[]> {
    try {
      return await this.#leases.ofTheDead()
    } catch (error) {
      this.#notReleased('leases of dead processes', error)
      return []
    }
  }

  async #giveBack(lease: Lease): Promise<void> {
    try {
      await this.#leases.release(lease)
    } catch (error) {
      this.#notReleased('a lease', error)
    }
  }

  #notReleased(what: string, error: unknown): void {
    this.#onNotice({
      code: 'lease-not-released',
      severity: 'warning',
      message: `${what} could not be given back: ${messageOf(error)}`,
    })
  }

  #forget(lease: Lease): void {
    if (this.#ours.get(lease.key)?.fence === lease.fence) this.#ours.delete(lease.key)
  }
}
