import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ObjectPipes, type RefChange, type RefOutcome } from '@nx-conduct/git/process'
import type { Authority } from '../src/git/authority.ts'
import type { LeaseClock } from '../src/git/git-leases.ts'
import { LocalAuthority } from '../src/git/local-authority.ts'
import { logPlace } from '../src/git/place.ts'
import { Scratch } from '../src/git/scratch.ts'
import { StaleLocks } from '../src/git/stale-locks.ts'
import { defaultWaits, type Holder } from '../src/index.ts'
import { type Repository, shortWaits } from './rig.ts'

/** Stands between a process and the refs. */
export type Through = (authority: Authority) => Authority

/** What one process works on a repository with. */
export function gitParts(
  repository: Repository,
  holder: Holder,
  { monotonicMs }: LeaseClock,
  through: Through = (authority) => authority,
) {
  const place = logPlace(repository.commonDir)
  const scratch = new Scratch(join(repository.commonDir, 'conduct', 'store'), 'spec', randomUUID(), holder)
  const locks = new StaleLocks(repository.commonDir, 'spec', scratch, monotonicMs, () => {}, defaultWaits)
  const objects = new ObjectPipes(place, scratch)
  return {
    place,
    objects,
    otherWriters: () => scratch.otherWriters(),
    authority: through(new LocalAuthority(place, locks, monotonicMs, { ...defaultWaits, ...shortWaits })),
  }
}

/** An authority that answers the first transactions by itself, or fails in them: the others go through. */
export function answering(...outcomes: readonly (RefOutcome | Error)[]) {
  const seen = { transactions: [] as (readonly RefChange[])[], refreshes: [] as boolean[] }
  const through: Through = (authority) => ({
    async transact(changes) {
      const outcome = outcomes[seen.transactions.length]
      seen.transactions.push(changes)
      if (outcome instanceof Error) throw outcome
      return outcome ?? authority.transact(changes)
    },
    async refresh(now) {
      seen.refreshes.push(now)
    },
    clearStaleLocks: () => authority.clearStaleLocks(),
    close: () => authority.close(),
  })
  return { seen, through }
}

export const moved: RefOutcome = { kind: 'moved', message: 'somebody was faster' }
export const locked: RefOutcome = { kind: 'locked', message: 'x.lock is there', lockFile: 'x.lock' }
