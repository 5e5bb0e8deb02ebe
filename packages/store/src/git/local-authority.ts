import type { Authority } from './authority.ts'
import type { GitPlace } from './environment.ts'
import { type RefChange, type RefOutcome, RefStore } from './refs.ts'

/** The local repository as the authority: one transaction of `update-ref` decides. */
export class LocalAuthority implements Authority {
  readonly #refs: RefStore

  constructor(place: GitPlace) {
    this.#refs = new RefStore(place)
  }

  transact(changes: readonly RefChange[]): Promise<RefOutcome> {
    return this.#refs.transact(changes)
  }

  async refresh(): Promise<void> {}

  close(): Promise<void> {
    return this.#refs.close()
  }
}
