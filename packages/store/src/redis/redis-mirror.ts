import type { StoreNotice } from '../contract.ts'
import { messageOf } from '../message-of.ts'
import { Serial } from '../serial.ts'
import { StoreProblem } from '../store-problem.ts'
import type { Waits } from '../waits.ts'
import { catchUp, type MirrorSource } from './catch-up.ts'
import { RedisConnection, RedisFailure } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import { type MirrorEntry, MirroredLog } from './mirrored-log.ts'
import { RedisLeases } from './redis-leases.ts'
import { checkServer } from './server-checks.ts'
import { withoutPassword } from './url.ts'

export interface RedisMirrorOptions {
  readonly url: string
  readonly mode: 'required' | 'preferred'
  readonly keys: RedisKeys
  readonly spec: string
  readonly monotonicMs: () => number
  readonly source: MirrorSource
  readonly onNotice: (notice: StoreNotice) => void
  readonly waits: Waits
}

interface Session {
  readonly connection: RedisConnection
  readonly mirror: MirroredLog
  readonly leases: RedisLeases
}

/**
 * Redis beside the log in git: a mirror, a live stream and leases. Git decides. A failure ends the
 * session with a notice; later calls try again, at growing intervals, and a new session brings the mirror up to date from git.
 */
export class RedisMirror {
  readonly #options: RedisMirrorOptions
  readonly #work = new Serial()
  #session: Session | undefined
  #connecting: Promise<Session | undefined> | undefined
  #nextTryMs = 0
  #retryMs: number
  #lastFailure = ''
  #syncing = 0
  #closed = false

  constructor(options: RedisMirrorOptions) {
    this.#options = options
    this.#retryMs = options.waits.redisRetryMs
  }

  /** Connects. Throws `StoreProblem` when Redis is required and cannot be used, or when its URL cannot be read. */
  async start(): Promise<void> {
    const session = await this.#connect()
    if (!session && this.#options.mode === 'required') throw this.#missing()
  }

  /** For `required`: pauses until Redis is back. False when it did not come back in time; always true for `preferred`. */
  async admits(): Promise<boolean> {
    if (this.#options.mode === 'preferred' || this.#standing()) return true
    const startedMs = this.#options.monotonicMs()
    this.#notice(
      'redis-paused',
      'warning',
      `the run pauses until Redis is back (${this.#name()}: ${this.#lastFailure}); it is required`,
    )
    while (!this.#closed && this.#options.monotonicMs() - startedMs < this.#options.waits.redisPauseMs) {
      this.#nextTryMs = 0
      if (await this.#connect()) return true
      await new Promise((resolve) => setTimeout(resolve, this.#options.waits.redisRetryMs / 4))
    }
    return false
  }

  /** Why Redis cannot be used, as a problem for a caller. */
  missing(): StoreProblem {
    return this.#missing()
  }

  /** Mirrors an entry; resolves when it is mirrored, or at once when that has to wait. Never fails. */
  async record(entry: MirrorEntry): Promise<void> {
    const session = this.#standing() ?? this.#reconnectInBackground()
    if (!session) return
    const written = this.#inBackground(this.#work.run(() => this.#guarded(session, () => this.#write(session, entry))))
    if (this.#syncing === 0) await written
  }

  announce(progress: Readonly<Record<string, unknown>>): void {
    const session = this.#standing() ?? this.#reconnectInBackground()
    if (session) void this.#inBackground(this.#guarded(session, () => session.mirror.announce(progress)))
  }

  /** Runs a lease operation; `undefined` when Redis failed, which was reported. */
  async withLeases<T>(operation: (leases: RedisLeases) => Promise<T>): Promise<T | undefined> {
    const session = this.#standing() ?? this.#reconnectInBackground()
    return session && this.#guarded(session, () => operation(session.leases))
  }

  /** Lets writes that are under way end, for a bounded time, and disconnects. */
  async close(): Promise<void> {
    this.#closed = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.waits.redisCloseMs)
    })
    await Promise.race([this.#work.idle(), late])
    clearTimeout(timer)
    this.#session?.connection.close()
    this.#session = undefined
  }

  #standing(): Session | undefined {
    if (this.#session && !this.#session.connection.usable) this.#lost(this.#session, 'the connection was closed')
    return this.#session
  }

  #reconnectInBackground(): undefined {
    if (this.#options.monotonicMs() >= this.#nextTryMs) void this.#inBackground(this.#connect())
  }

  #connect(): Promise<Session | undefined> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #open(): Promise<Session | undefined> {
    if (this.#closed) return undefined
    const { url, keys, spec } = this.#options
    let connection: RedisConnection | undefined
    try {
      connection = await RedisConnection.open(url, this.#options.waits.redisAnswerMs)
      const notices = await checkServer(connection)
      if (notices.some(({ code }) => code === 'redis-replica'))
        throw new RedisFailure('READONLY', 'it is a replica and refuses writes')
      if (this.#lastFailure === '') for (const notice of notices) this.#options.onNotice(notice)
    } catch (error) {
      connection?.close()
      if (!(error instanceof RedisFailure)) throw error
      this.#failed(error.message)
      return undefined
    }
    if (this.#closed) {
      connection.close()
      return undefined
    }
    if (this.#lastFailure !== '') this.#notice('redis-back', 'info', `Redis can be used again (${this.#name()})`)
    this.#lastFailure = ''
    this.#retryMs = this.#options.waits.redisRetryMs
    const session: Session = {
      connection,
      mirror: new MirroredLog(connection, keys, spec),
      leases: new RedisLeases(connection, keys),
    }
    this.#session = session
    this.#sync(session)
    return session
  }

  async #write(session: Session, entry: MirrorEntry): Promise<void> {
    const outcome = await session.mirror.write(entry)
    if (outcome.kind === 'gap') this.#sync(session)
  }

  #sync(session: Session): void {
    const { source, onNotice } = this.#options
    this.#syncing++
    const caughtUp = this.#work.run(() =>
      this.#guarded(session, () => catchUp(session.mirror, source, onNotice, () => this.#closed)),
    )
    void this.#inBackground(caughtUp).finally(() => {
      this.#syncing--
    })
  }

  /** Reports the failure of work that nobody awaits. */
  async #inBackground(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      const why = messageOf(error)
      this.#notice(
        'redis-mirror',
        'warning',
        `the mirror in Redis is not up to date: ${why}`,
        'Run: npx nx-conduct verify-history',
      )
    }
  }

  async #guarded<T>(session: Session, operation: () => Promise<T>): Promise<T | undefined> {
    if (this.#session !== session) return undefined
    try {
      return await operation()
    } catch (error) {
      if (!(error instanceof RedisFailure)) throw error
      this.#lost(session, error.message)
      return undefined
    }
  }

  #lost(session: Session, why: string): void {
    session.connection.close()
    if (this.#session !== session) return
    this.#session = undefined
    if (!this.#closed) this.#failed(why)
  }

  #failed(why: string): void {
    const first = this.#lastFailure === ''
    this.#lastFailure = why
    this.#nextTryMs = this.#options.monotonicMs() + this.#retryMs
    this.#retryMs = Math.min(this.#retryMs * 2, this.#options.waits.redisRetryAtMostMs)
    if (first && this.#options.mode === 'preferred') {
      this.#notice(
        'redis-unreachable',
        'warning',
        `Redis cannot be used (${this.#name()}: ${why}); the run goes on on git alone, and the mirror is rebuilt when Redis is back`,
        'Start Redis, or correct the URL (redis: in the spec, NX_CONDUCT_REDIS_URL or REDIS_URL).',
      )
    }
  }

  #missing(): StoreProblem {
    return new StoreProblem(
      'redis-required',
      `Redis is required and cannot be used (${this.#name()}: ${this.#lastFailure})`,
      'Start Redis or correct its URL, then run the same command again; with `redis: { mode: preferred }` the run goes on on git alone.',
    )
  }

  #name(): string {
    return withoutPassword(this.#options.url)
  }

  #notice(code: StoreNotice['code'], severity: StoreNotice['severity'], message: string, hint?: string): void {
    this.#options.onNotice({ code, severity, message, ...(hint === undefined ? {} : { hint }) })
  }
}
