import { randomUUID } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type GitPlace, gitText, ObjectPipes } from '@nx-conduct/git/process'
import type { Holder, RunLog, StoreNotice } from './contract.ts'
import { GitRunLog } from './git/git-run-log.ts'
import { LocalAuthority } from './git/local-authority.ts'
import { logRefs } from './git/names.ts'
import { logPlace } from './git/place.ts'
import { RemoteAuthority } from './git/remote-authority.ts'
import { Scratch } from './git/scratch.ts'
import { StaleLocks } from './git/stale-locks.ts'
import { redisKeys } from './redis/keys.ts'
import { MirroredRunLog } from './run-log.ts'
import { StoreProblem } from './store-problem.ts'
import { defaultWaits, type Waits } from './waits.ts'

export interface OpenRunLogOptions {
  /** The repository's common git directory, absolute. */
  readonly commonDir: string
  /** Name of the spec whose log it is. */
  readonly spec: string
  readonly holder: Holder
  readonly now: () => Date
  /** Milliseconds of a clock that never jumps; by default the process's own. */
  readonly monotonicMs?: () => number
  /** A new name for a scratch folder. */
  readonly newId?: () => string
  /** Environment that git's is picked from, by an allow-list. By default the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly redis?: { readonly url: string; readonly mode: 'required' | 'preferred' }
  /** The git remote that is the authority, instead of the local repository. */
  readonly remote?: string
  readonly onNotice: (notice: StoreNotice) => void
  /** For who only watches: closing then leaves also what dead processes left. */
  readonly readsOnly?: boolean
  /** Default: {@link defaultWaits}. */
  readonly waits?: Partial<Waits>
}

/**
 * Opens the log of a spec. Nothing is written before the first append or lease. `close` gives back every lease, ends
 * every process and removes every scratch file; a process that forgets it still ends.
 *
 * With `redis`, waits about a second at most for the server. Throws `StoreProblem` for a name that cannot be a ref, a
 * Redis URL that cannot be read, and a Redis that is required and cannot be used.
 */
export async function openRunLog(options: OpenRunLogOptions): Promise<RunLog> {
  if (!isAbsolute(options.commonDir)) {
    throw new StoreProblem(
      'git',
      `the git directory has to be absolute, got ${options.commonDir}`,
      'Pass the absolute path of `git rev-parse --git-common-dir`.',
    )
  }
  const refs = logRefs(options.spec)
  const place = logPlace(options.commonDir, options.env)
  const monotonicMs = options.monotonicMs ?? (() => performance.now())
  const scratch = new Scratch(
    join(options.commonDir, 'conduct', 'store'),
    options.spec,
    (options.newId ?? randomUUID)(),
    options.holder,
  )
  const { onNotice, remote } = options
  const waits = { ...defaultWaits, ...options.waits }
  const local = new LocalAuthority(
    place,
    new StaleLocks(options.commonDir, options.spec, scratch, monotonicMs, onNotice, waits),
    monotonicMs,
    waits,
  )
  const git = new GitRunLog({
    place,
    spec: options.spec,
    refs,
    objects: new ObjectPipes(place, scratch),
    authority:
      remote === undefined ? local : new RemoteAuthority({ place, remote, refs, local, monotonicMs, onNotice, waits }),
    isLocal: remote === undefined,
    otherWriters: () => scratch.otherWriters(),
    holder: options.holder,
    clock: { now: options.now, monotonicMs },
    onNotice,
  })
  const redis = options.redis && (await mirrorIn(options.redis))
  const log = new MirroredRunLog(git, redis, scratch, { readsOnly: options.readsOnly ?? false })
  try {
    await redis?.start()
  } catch (error) {
    await log.close()
    throw error
  }
  return log

  /** Redis' client is loaded by those who have one. */
  async function mirrorIn(settings: NonNullable<OpenRunLogOptions['redis']>) {
    const { RedisMirror } = await import('./redis/redis-mirror.ts')
    const keys = redisKeys(await authorityName(options, place), options.spec)
    return new RedisMirror({ ...settings, keys, spec: options.spec, monotonicMs, waits, source: git, onNotice })
  }
}

/** Names the repository that decides: logs of different repositories may share a Redis. */
async function authorityName(options: OpenRunLogOptions, place: GitPlace): Promise<string> {
  if (options.remote === undefined) return JSON.stringify(['local', hostname(), await realpath(options.commonDir)])
  const url = await gitText(place, ['remote', 'get-url', options.remote]).catch(() => options.remote ?? '')
  // Clones may log in differently; the repository is the same.
  return JSON.stringify([
    'remote',
    url
      .trim()
      .replace(/^([a-z+]+:\/\/)[^/@]*@/, '$1')
      .replace(/\/+$|\.git\/*$/, ''),
  ])
}
