import { readlink, symlink, unlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { GitError, livenessOf, type ProcessIdentity, parseIdentity, processIdentity } from './process/index.ts'

const PREFIX = 'nx-conduct '
/** A holder that cannot be judged from here is taken for dead when its lock has not changed for so long. */
const QUIET_MS = 30_000

/** Somebody else holds the lock and did not release it in time. Nothing was done. */
export class LockHeldError extends GitError {
  override readonly name = 'LockHeldError'
}

const queues = new Map<string, Promise<unknown>>()

/**
 * Runs `use` while holding the lock file `path`, waiting at most `patienceMs` for it. A lock of ours whose process is
 * gone is taken over; one that is not ours never is.
 *
 * The lock is a symbolic link whose target is the holder: made, with its content, in one exclusive step, so that a crash
 * leaves either no lock or one that names its holder. git respects it as a lock, too.
 */
export async function withLock<T>(path: string, patienceMs: number, use: () => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve()
  const turn = before.then(async () => {
    const release = await acquire(path, patienceMs)
    try {
      return await use()
    } finally {
      await release()
    }
  })
  const settled = turn.catch(() => undefined)
  queues.set(path, settled)
  try {
    return await turn
  } finally {
    if (queues.get(path) === settled) queues.delete(path)
  }
}

/** Removes `path` if it is a lock of ours whose process is gone. */
export async function removeDeadLock(path: string): Promise<void> {
  const held = await contentOf(path)
  if (held !== undefined && (await mayTakeOver(held))) await takeOver(path, held)
}

async function acquire(path: string, patienceMs: number): Promise<() => Promise<void>> {
  const mine = PREFIX + JSON.stringify(processIdentity())
  const giveUpAt = performance.now() + patienceMs
  let seen: string | undefined
  let seenSince = 0
  for (let waitMs = 4; ; waitMs = Math.min(waitMs * 1.5, 60)) {
    if (await created(path, mine)) return () => unlink(path)
    const held = await contentOf(path)
    if (held === undefined) continue
    if (held !== seen) {
      seen = held
      seenSince = performance.now()
    }
    if (await mayTakeOver(held, performance.now() - seenSince)) {
      await takeOver(path, held)
      continue
    }
    if (performance.now() > giveUpAt) throw heldError(path, held)
    await delay(waitMs)
  }
}

async function mayTakeOver(held: string, quietMs = 0): Promise<boolean> {
  const holder = holderIn(held)
  if (holder === undefined) return false
  const liveness = livenessOf(holder)
  return liveness === 'dead' || (liveness === 'unknown' && quietMs > QUIET_MS)
}

/** Two that find the same dead holder must not remove each other's new lock: only one at a time may remove. */
async function takeOver(path: string, dead: string): Promise<void> {
  const guard = `${path}.takeover`
  if (!(await created(guard, PREFIX + JSON.stringify(processIdentity())))) {
    const guardian = await contentOf(guard)
    if (guardian !== undefined && (await mayTakeOver(guardian))) await unlinkIfThere(guard)
    else await delay(2)
    return
  }
  try {
    if ((await contentOf(path)) === dead) await unlinkIfThere(path)
  } finally {
    await unlinkIfThere(guard)
  }
}

async function created(path: string, content: string): Promise<boolean> {
  try {
    await symlink(content, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** The content of the lock; empty for a lock that is not ours, undefined for none. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (codeOf(error) === 'EINVAL') return ''
    throw error
  }
}

function holderIn(content: string): ProcessIdentity | undefined {
  return content.startsWith(PREFIX) ? parseIdentity(content.slice(PREFIX.length)) : undefined
}

function heldError(path: string, held: string): LockHeldError {
  const holder = holderIn(held)
  return holder === undefined
    ? new LockHeldError(`${path} is held by another program.`, {
        hint: `If no git process is running, remove it and try again: rm ${JSON.stringify(path)}`,
      })
    : new LockHeldError(`${path} is held by nx-conduct, process ${holder.pid} on ${holder.host}.`, {
        hint: 'Wait until it is done, or end that process, and try again.',
      })
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
