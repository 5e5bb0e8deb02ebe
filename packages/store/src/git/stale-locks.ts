import { readdir, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { StoreNotice } from '../contract.ts'
import type { Waits } from '../waits.ts'
import type { Scratch } from './scratch.ts'

interface SeenLock {
  readonly identity: string
  readonly sinceMs: number
}

/**
 * Removes ref locks that dead writers of this spec have left behind. A lock is removed only when it lies among the
 * spec's own refs, has not changed for seconds on our own clock, and no other writer of the spec can be alive; every
 * other lock is respected.
 *
 * Not for use while a transaction of ours is under way.
 */
export class StaleLocks {
  readonly #commonDir: string
  readonly #spec: string
  readonly #scratch: Scratch
  readonly #monotonicMs: () => number
  readonly #onNotice: (notice: StoreNotice) => void
  readonly #staleLockMs: number
  readonly #seen = new Map<string, SeenLock>()

  constructor(
    commonDir: string,
    spec: string,
    scratch: Scratch,
    monotonicMs: () => number,
    onNotice: (notice: StoreNotice) => void,
    { staleLockMs }: Pick<Waits, 'staleLockMs'>,
  ) {
    this.#commonDir = commonDir
    this.#spec = spec
    this.#scratch = scratch
    this.#monotonicMs = monotonicMs
    this.#onNotice = onNotice
    this.#staleLockMs = staleLockMs
  }

  /** Removes the lock when its owner is certainly gone. True when it is out of the way now. */
  async clear(lockFile: string): Promise<boolean> {
    const own = join(this.#commonDir, 'refs', 'conduct', this.#spec)
    const inside = relative(own, lockFile)
    if (inside.startsWith('..') || !lockFile.endsWith('.lock')) return false
    const found = await stat(lockFile).catch(() => undefined)
    if (!found) return true
    const identity = `${found.ino} ${found.mtimeMs} ${found.size}`
    const nowMs = this.#monotonicMs()
    const seen = this.#seen.get(lockFile)
    if (seen?.identity !== identity) {
      this.#seen.set(lockFile, { identity, sinceMs: nowMs })
      return false
    }
    if (nowMs - seen.sinceMs < this.#staleLockMs) return false
    if ((await this.#scratch.otherWriters()).length > 0) return false
    await rm(lockFile, { force: true })
    this.#seen.delete(lockFile)
    this.#onNotice({
      code: 'stale-lock-removed',
      severity: 'warning',
      message: `removed ${lockFile}: whoever wrote to this run log before died while it held the lock`,
    })
    return true
  }

  /** Removes every such lock among the spec's refs; waits until each has been seen for long enough. */
  async clearAll(): Promise<void> {
    const folder = join(this.#commonDir, 'refs', 'conduct', this.#spec)
    const names = await readdir(folder, { recursive: true }).catch(() => [])
    const locks = names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name))
    const cleared = await Promise.all(locks.map((file) => this.clear(file)))
    if (!cleared.includes(false) || (await this.#scratch.otherWriters()).length > 0) return
    await wait(this.#staleLockMs)
    for (const file of locks) await this.clear(file)
  }

  /** Why a lock was not removed, for a person. */
  async explain(lockFile: string): Promise<string> {
    const others = await this.#scratch.otherWriters()
    const who = others.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ')
    return others.length > 0
      ? `${lockFile} is there, and may belong to ${who}`
      : `${lockFile} is there, and nothing proves that its owner is gone`
  }
}
