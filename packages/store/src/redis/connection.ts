import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { scripts } from './scripts.ts'
import { parseRedisUrl, type RedisTarget, redactPassword } from './url.ts'

export type ScriptName = keyof typeof scripts

/** Redis could not be reached, did not answer in time, or refused. Its message never holds the password. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure'
  /** The first word of what the server said (`READONLY`, `OOM`, …), or why there was no answer. */
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * One connection that is used until it fails and then thrown away: it queues nothing, reconnects by itself never, and
 * holds the Node process only while an answer is awaited. A request that was not answered may have been carried out.
 */
export class RedisConnection {
  readonly #client: Redis | Cluster
  readonly #url: string
  readonly #timeoutMs: number
  #failed: Error | undefined

  private constructor(client: Redis | Cluster, url: string, timeoutMs: number) {
    this.#client = client
    this.#url = url
    this.#timeoutMs = timeoutMs
    client.on('error', (error: Error) => {
      this.#failed ??= error
    })
    client.on('end', () => {
      this.#failed ??= new Error('the connection was closed')
    })
  }

  /** Connects within `timeoutMs`. Throws `RedisFailure`, or `StoreProblem` for a URL that cannot be read. */
  static async open(url: string, timeoutMs: number): Promise<RedisConnection> {
    const client = clientFor(parseRedisUrl(url), timeoutMs)
    const connection = new RedisConnection(client, url, timeoutMs)
    try {
      await connection.#within(client.connect())
      await connection.command('PING')
    } catch (error) {
      connection.close()
      throw error
    }
    if (client instanceof Redis) client.stream.unref()
    else for (const node of client.nodes()) node.stream?.unref()
    return connection
  }

  get usable(): boolean {
    return this.#failed === undefined
  }

  script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const run = (this.#client as unknown as Record<ScriptName, (...args: (string | number)[]) => Promise<unknown>>)[
      name
    ]
    return this.#within(run.apply(this.#client, [...keys, ...args]))
  }

  command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#within(this.#client.call(name, ...args))
  }

  close(): void {
    this.#failed ??= new Error('the connection was closed')
    this.#client.disconnect()
  }

  async #within<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new RedisFailure('timeout', `no answer within ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      )
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      const failure = this.#failure(error)
      // After these nothing about the connection can be relied on; other refusals concern one request.
      if (['timeout', 'connection', 'READONLY', 'MASTERDOWN', 'LOADING', 'CLUSTERDOWN'].includes(failure.reason)) {
        this.#failed ??= failure
        this.#client.disconnect()
      }
      answer.catch(() => undefined)
      throw failure
    } finally {
      clearTimeout(timer)
    }
  }

  #failure(error: unknown): RedisFailure {
    if (error instanceof RedisFailure) return error
    const said = error instanceof Error ? error : new Error(String(error))
    // A closed connection is a consequence; what closed it is the cause worth telling.
    const cause = said.name === 'ReplyError' ? said : (this.#failed ?? said)
    const message = redactPassword(cause.message, this.#url)
    const reason = said.name === 'ReplyError' ? (/^[A-Z]+/.exec(said.message)?.[0] ?? 'ERR') : 'connection'
    return new RedisFailure(reason, message)
  }
}

function clientFor(target: RedisTarget, timeoutMs: number): Redis | Cluster {
  const login = {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: {} } : {}),
  }
  const common = {
    ...login,
    connectionName: 'nx-conduct',
    connectTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
  } satisfies RedisOptions
  const single = {
    ...common,
    scripts,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  } satisfies RedisOptions
  switch (target.kind) {
    case 'server':
      return new Redis({ ...single, ...target.address, db: target.db })
    case 'socket':
      return new Redis({ ...single, path: target.path, db: target.db })
    case 'sentinel':
      return new Redis({
        ...single,
        sentinels: [...target.sentinels],
        name: target.group,
        db: target.db,
        sentinelRetryStrategy: () => null,
        ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      })
    case 'cluster':
      return new Cluster([...target.nodes], {
        redisOptions: common,
        scripts,
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: () => null,
        slotsRefreshTimeout: timeoutMs,
      })
    default:
      return target satisfies never
  }
}
