import { readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addedObjects } from './added-objects.ts'
import type { Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { GitError, git, isRunning } from './process/index.ts'

const PATIENCE_MS = 60_000
const PAUSE_MS = 50

/**
 * Whether a commit that a ref reaches by now is whole, with all that `base` does not have. A `git gc --prune=now` that began
 * before the ref was moved may still delete its objects: one that runs is waited for, a minute at most.
 */
export async function isKept(repo: Repository, commit: Oid, base: readonly Oid[]): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && (await isCollecting(repo)); waitedMs += PAUSE_MS)
    await delay(PAUSE_MS)
  try {
    const added = await addedObjects(repo, commit, base)
    if (added === undefined) return await isWhole(repo, commit, base)
    return await areHere(repo, added.objects)
  } catch (error) {
    if (error instanceof GitError) return false
    throw error
  }
}

/** A long-lived process still reads packs that a garbage collection deleted: after one, a new process is asked. */
async function areHere(repo: Repository, objects: readonly Oid[]): Promise<boolean> {
  if (await hasPacksOfStart(repo)) {
    const found = await Promise.all(objects.map((oid) => repo.objects.info(oid)))
    return !found.includes(undefined)
  }
  const { stdout } = await git(placeOf(repo), ['cat-file', '--batch-check=%(objecttype)'], {
    input: objects.map((oid) => `${oid}\n`).join(''),
  })
  return !/ missing$/m.test(stdout)
}

/** Whether no pack came or went since this process was started. */
async function hasPacksOfStart({ commonDir }: Repository): Promise<boolean> {
  return stat(join(commonDir, 'objects', 'pack')).then(
    ({ mtimeMs }) => mtimeMs < performance.timeOrigin,
    () => true,
  )
}

async function isWhole(repo: Repository, commit: Oid, base: readonly Oid[]): Promise<boolean> {
  const without = base.map((oid) => `^${oid}`)
  const walk = await git(placeOf(repo), ['rev-list', '--objects', '--quiet', commit, ...without], { exits: [0, 128] })
  return walk.exitCode === 0
}

/** Whether `gc.pid` names a process of this machine that runs. */
async function isCollecting({ commonDir }: Repository): Promise<boolean> {
  const text = await readFile(join(commonDir, 'gc.pid'), 'utf8').catch(() => '')
  const [pid = '', host = ''] = text.trim().split(/\s+/)
  return host === hostname() && isRunning(Number(pid))
}
