import { setTimeout as wait } from 'node:timers/promises'
import { type GitPlace, type RefChange, type RefOutcome, RefPipe } from '@nx-conduct/git/process'
import type { Waits } from '../waits.ts'
import type { Authority } from './authority.ts'
import type { StaleLocks } from './stale-locks.ts'

/** The local repository as the authority: one transaction of `update-ref` decides. */
export class LocalAuthority implements Authority {
  readonly #refs: RefPipe
  readonly #locks: StaleLocks
  readonly #monotonicMs: () => number
  readonly #waits: Waits

  constructor(place: GitPlace, locks: StaleLocks, monotonicMs: () => number, waits: Waits) {
    this.#refs = new RefPipe(place)
    this.#locks = locks
    this.#monotonicMs = monotonicMs
    this.#waits = waits
  }

  async transact(changes: readonly RefChange[]): Promise<RefOutcome> {
    const startedMs = this.#monotonicMs()
    for (;;) {
      const outcome = await this.#refs.transact(changes)
      if (outcome.kind !== 'locked') return outcome
      if (this.#monotonicMs() - startedMs >= this.#waits.lockedForMs) {
        return { ...outcome, message: await this.#locks.explain(outcome.lockFile) }
      }
      if (!(await this.#locks.clear(outcome.lockFile))) await wait(this.#waits.lockPollMs)
    }
  }

  async refresh(): Promise<void> {}

  clearStaleLocks(): Promise<void> {
    return this.#locks.clearAll()
  }

  close(): Promise<void> {
    return this.#refs.close()
  }
}
