import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunLog } from '../src/index.ts'
import { RedisServer } from './redis-server.ts'
import { accepted, complete, evidence, opened, Repository } from './rig.ts'

let server: RedisServer
let repository: Repository
beforeEach(async () => {
  server = new RedisServer()
  await server.start()
  repository = new Repository(server.url)
})
afterEach(async () => {
  await repository.remove()
  await server.remove()
})

const keys = async () => (await server.client.keys('conduct:*')).sort()
const keyOf = async (name: string) => (await keys()).find((key) => key.endsWith(`:${name}`)) ?? `no ${name}`
const meta = async () => server.client.hgetall(await keyOf('meta'))
const notice = (log: RunLog, name: string) =>
  log.append({ operationId: name, body: { type: 'notice', code: 'x', message: name } })
const codes = () => repository.notices.map(({ code }) => code)

/** Waits until the mirror stands where the log in git stands. */
async function mirrored(): Promise<void> {
  const tip = repository.git('rev-parse', 'refs/conduct/spec/log')
  await vi.waitFor(async () => expect((await meta())['tip']).toBe(tip), { timeout: 10_000 })
}

/** Appends now and then until Redis is in use again: a session is opened by use, not by a timer. */
async function comesBack(log: RunLog): Promise<void> {
  let count = 0
  await vi.waitFor(
    async () => {
      await notice(log, `back ${count++}`)
      expect(codes()).toContain('redis-back')
    },
    { timeout: 15_000, interval: 50 },
  )
  await mirrored()
}

describe('the mirror', () => {
  it('holds every event, the state and the checkpoints, under one hash tag', async () => {
    const log = await repository.open()
    const work = repository.commit('work')
    await log.append({ operationId: 'a', body: opened(work.commit) })
    await log.append({ operationId: 'b', body: accepted(work, 'k') })
    await log.append({ operationId: 'c', body: evidence(work.tree) })
    await log.append({ operationId: 'd', body: complete(work) })
    expect((await server.client.xrange(await keyOf('log'), '-', '+')).map(([id]) => id)).toEqual([
      '1-0',
      '2-0',
      '3-0',
      '4-0',
    ])
    const state = await log.state()
    expect(JSON.parse((await server.client.hget(await keyOf('runs'), 'r1')) ?? '')).toEqual(
      JSON.parse(JSON.stringify(state.runs['r1'])),
    )
    expect(JSON.parse((await server.client.hget(await keyOf('steps'), 'k')) ?? '')).toEqual(state.steps['k'])
    const [checkpoint] = await server.client.lrange(await keyOf('checkpoints'), 0, -1)
    expect(JSON.parse(checkpoint ?? '')).toMatchObject({ seq: 4, run: 'r1', phase: '1', ...work })
    expect(new Set((await keys()).map((key) => /\{[0-9a-f]{16}\}/.exec(key)?.[0])).size).toBe(1)
  })

  it('is built from git when it is empty, behind, or was emptied in mid-run', async () => {
    const before = await repository.open({ redis: { url: 'redis+unix:///nowhere/redis.sock', mode: 'preferred' } })
    for (let index = 0; index < 100; index++) await notice(before, `n${index}`)
    const log = await repository.open()
    await mirrored()
    await server.client.flushall()
    await notice(log, 'after')
    await mirrored()
    expect(await server.client.xlen(await keyOf('log'))).toBe(101)
  })

  it('is rebuilt when the server has dropped a part of it', async () => {
    const log = await repository.open()
    const work = repository.commit('work')
    await log.append({ operationId: 'a', body: opened(work.commit) })
    await log.append({ operationId: 'b', body: accepted(work, 'k') })
    await log.close()
    await server.client.del(await keyOf('steps'))
    await repository.open()
    await vi.waitFor(async () => expect(await server.client.hlen(await keyOf('steps'))).toBe(1))
    expect(codes()).toContain('redis-incomplete')
  })

  it('gives way to git when it holds another history', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await server.client.hset(await keyOf('meta'), 'tip', 'f'.repeat(40))
    await notice(log, 'b')
    await mirrored()
    expect(codes()).toContain('redis-foreign')
    expect(await server.client.xlen(await keyOf('log'))).toBe(2)
  })

  it('takes one event once, though two processes mirror the same log', async () => {
    const logs = [await repository.open(), await repository.open()]
    await Promise.all(
      logs.flatMap((log, which) => Array.from({ length: 20 }, (_, index) => notice(log, `${which}.${index}`))),
    )
    await mirrored()
    expect((await server.client.xrange(await keyOf('log'), '-', '+')).map(([id]) => id)).toEqual(
      Array.from({ length: 40 }, (_, index) => `${index + 1}-0`),
    )
  })

  it('streams volatile progress that never enters the log', async () => {
    const log = await repository.open()
    log.announce({ turn: 3 })
    await vi.waitFor(async () => expect(await server.client.xlen(await keyOf('live'))).toBe(1))
    expect((await log.state()).seq).toBe(0)
  })
})

describe('when Redis fails', () => {
  it('says so within about a second and goes on on git', async () => {
    const startedMs = performance.now()
    const log = await repository.open({ redis: { url: 'redis://:hunter2@127.0.0.1:1/0', mode: 'preferred' } })
    expect(performance.now() - startedMs).toBeLessThan(2500)
    expect(await notice(log, 'a')).toMatchObject({ kind: 'recorded' })
    expect(repository.notices).toMatchObject([{ code: 'redis-unreachable', severity: 'warning' }])
    expect(JSON.stringify(repository.notices)).not.toContain('hunter2')
  })

  it('refuses to open when it is required', async () => {
    const url = 'redis://:hunter2@127.0.0.1:1/0'
    await expect(repository.open({ redis: { url, mode: 'required' } })).rejects.toMatchObject({
      name: 'StoreProblem',
      code: 'redis-required',
    })
    await expect(repository.open({ redis: { url, mode: 'required' } })).rejects.not.toThrow('hunter2')
  })

  it('goes on on git while the server is down, and catches up after its restart', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await server.stop()
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    expect(codes()).toContain('redis-unreachable')
    await server.start()
    await comesBack(log)
  })

  it('goes on on git while the server hangs', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    server.signal('SIGSTOP')
    try {
      const startedMs = performance.now()
      expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
      expect(performance.now() - startedMs).toBeLessThan(2500)
    } finally {
      server.signal('SIGCONT')
    }
    await comesBack(log)
  })

  it('survives a connection that is killed', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    await comesBack(log)
  })

  it('goes on on git when the server becomes a replica, and says why', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await server.client.call('REPLICAOF', '127.0.0.1', '1')
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    expect(repository.notices.find(({ code }) => code === 'redis-unreachable')?.message).toMatch(/READONLY|replica/)
    await server.client.call('REPLICAOF', 'NO', 'ONE')
    await comesBack(log)
  })

  it('goes on on git when the server is out of memory', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await server.client.config('SET', 'maxmemory', '1')
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    expect(repository.notices.find(({ code }) => code === 'redis-unreachable')?.message).toMatch(/maxmemory|OOM/)
    await server.client.config('SET', 'maxmemory', '0')
    await comesBack(log)
  })

  it('pauses when it is required, and goes on when it is back', async () => {
    const log = await repository.open({ redis: { url: server.url, mode: 'required' } })
    await notice(log, 'a')
    await server.stop()
    const appends: ReturnType<typeof notice>[] = []
    await vi.waitFor(() => {
      appends.push(notice(log, `n${appends.length}`))
      expect(codes()).toContain('redis-paused')
    })
    await server.start()
    for (const outcome of await Promise.all(appends)) expect(outcome.kind).toBe('recorded')
    await mirrored()
  })

  it('mirrors an event once when the reply to its write was lost', async () => {
    const proxy = new DroppingProxy(server.socket, join(server.folder, 'proxy.sock'))
    await proxy.listen()
    const log = await repository.open({ redis: { url: `redis+unix://${proxy.path}`, mode: 'preferred' } })
    await notice(log, 'a')
    proxy.dropReplies = true
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    proxy.dropReplies = false
    await comesBack(log)
    const ids = (await server.client.xrange(await keyOf('log'), '-', '+')).map(([id]) => id)
    expect(ids).toEqual(ids.map((_, index) => `${index + 1}-0`))
    await log.close()
    await proxy.close()
  })
})

describe('an unsafe server', () => {
  it('is named: eviction and missing persistence', async () => {
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await server.client.config('SET', 'appendonly', 'no')
    await repository.open()
    expect(codes()).toEqual(['redis-eviction', 'redis-persistence'])
  })

  it('raises no notice when it is safe', async () => {
    await repository.open()
    expect(codes()).toEqual([])
  })
})

describe('leases in Redis', () => {
  it('are seen by other clones of the server and put back after the server lost them', async () => {
    const log = await repository.open()
    const outcome = await log.acquire('k', 60_000)
    if (outcome.kind !== 'acquired') throw new Error('not acquired')
    const lease = (await keys()).find((key) => key.includes(':lease:')) ?? ''
    expect(await server.client.hget(lease, 'fence')).toBe(String(outcome.lease.fence))
    await server.client.flushall()
    expect(await log.renew(outcome.lease, 60_000)).toBe(true)
    expect(await server.client.hget(lease, 'fence')).toBe(String(outcome.lease.fence))
    await log.release(outcome.lease)
    expect(await server.client.exists(lease)).toBe(0)
  })

  it('never reuse a fence, though the server has forgotten all of them', async () => {
    const log = await repository.open()
    const fences: number[] = []
    for (let round = 0; round < 4; round++) {
      const outcome = await log.acquire('k', 60_000)
      if (outcome.kind !== 'acquired') throw new Error('not acquired')
      fences.push(outcome.lease.fence)
      await log.release(outcome.lease)
      if (round === 1) await server.client.flushall()
    }
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other))
  })
})

/** Stands between a client and a server, and can swallow what the server says. */
class DroppingProxy {
  dropReplies = false
  readonly path: string
  readonly #server
  readonly #sockets = new Set<Socket>()

  constructor(to: string, path: string) {
    this.path = path
    this.#server = createServer((client) => {
      const upstream = new (client.constructor as typeof Socket)()
      upstream.connect(to)
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => {
          client.destroy()
          upstream.destroy()
        })
      }
      client.on('data', (chunk) => upstream.write(chunk))
      upstream.on('data', (chunk) => {
        if (!this.dropReplies) client.write(chunk)
      })
    })
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve))
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
