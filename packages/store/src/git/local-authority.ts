import { setTimeout as wait } from 'node:timers/promises'
import { type GitPlace, type RefChange, type RefOutcome, RefPipe } from '@nx-conduct/git/process'
import type { Authority } from './authority.ts'
import type { StaleLocks } from './stale-locks.ts'

/** How long a transaction is tried again while a ref stays locked. */
const lockedForMs = 5_000
const lookAgainMs = 50

/** The local repository as the authority: one transaction of `update-ref` decides. */
export class LocalAuthority implements Authority {
  readonly #refs: RefPipe
  readonly #locks: StaleLocks
  readonly #monotonicMs: () => number

  constructor(place: GitPlace, locks: StaleLocks, monotonicMs: () => number) {
    this.#refs = new RefPipe(place)
    this.#locks = locks
    this.#monotonicMs = monotonicMs
  }

  async transact(changes: readonly RefChange[]): Promise<RefOutcome> {
    const startedMs = this.#monotonicMs()
    for (;;) {
      const outcome = await this.#refs.transact(changes)
      if (outcome.kind !== 'locked') return outcome
      if (this.#monotonicMs() - startedMs >= lockedForMs) {
        return { ...outcome, message: await this.#locks.explain(outcome.lockFile) }
      }
      if (!(await this.#locks.clear(outcome.lockFile))) await wait(lookAgainMs)
    }
  }

  async refresh(): Promise<void> {}

  close(): Promise<void> {
    return this.#refs.close()
  }
}
