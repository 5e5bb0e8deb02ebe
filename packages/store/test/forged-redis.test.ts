import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { currentHolder, type Lease, openRunLog, type RunLog } from '../src/index.ts'
import { RedisServer } from './redis-server.ts'
import { accepted, opened, Repository, stranger } from './rig.ts'

/** The mirror is written beside the work. */
const patient = { timeout: 10_000 }
const server = new RedisServer()
let repository: Repository
beforeAll(() => server.start())
afterAll(() => server.remove())
beforeEach(async () => {
  await server.client.flushall()
  repository = new Repository(server.url)
})
afterEach(() => repository.remove())

async function taken(log: RunLog, key = 'k'): Promise<Lease> {
  const outcome = await log.acquire(key, 60_000)
  if (outcome.kind !== 'acquired') throw new Error(`it is held by ${JSON.stringify(outcome.by)}`)
  return outcome.lease
}

/** The key of one part of the log in Redis, once there is one. */
async function keyOf(part: string): Promise<string> {
  return vi.waitFor(async () => {
    const [any] = await server.client.keys('conduct:*')
    if (any === undefined) throw new Error('Redis knows nothing yet')
    return any.replace(/\}:.*$/, `}:${part}`)
  }, patient)
}

const notice = (log: RunLog, text: string) =>
  log.append({ operationId: text, body: { type: 'notice', code: 'x', message: text } })
const fenceInGit = () => repository.git('cat-file', 'blob', 'refs/conduct/spec/fence')

describe('fences that somebody has forged in Redis', () => {
  it.each([
    ['2^53', '9007199254740992'],
    ['the last whole number', '9007199254740991'],
    ['nearly the last', '9007199254740989'],
    ['1e300', '1e300'],
    ['a negative number', '-5'],
    ['words', 'garbage'],
    ['a fraction', '7.5'],
    ['nothing', ''],
  ])('never reach git: %s', async (_what, forged) => {
    const before = await repository.open()
    const first = await taken(before)
    expect(first.fence).toBe(1)
    const [meta, leaseKey] = [await keyOf('meta'), (await server.client.keys('*:lease:*'))[0] ?? '']
    await before.close()

    const forgedLease = {
      key: 'k',
      fence: forged,
      holder: JSON.stringify(stranger()),
      since: 'now',
      until: '9e18',
    }
    await server.client.hset(meta, 'fence', forged)
    await server.client.hset(leaseKey, forgedLease)
    const log = await repository.open()
    const lease = await taken(log)
    expect(lease.fence).toBe(2)
    await server.client.hset(meta, 'fence', forged)
    await server.client.hset(leaseKey, forgedLease)
    expect(await log.renew(lease, 60_000)).toBe(true)
    const work = repository.commit('work')
    await log.append({ operationId: 'open', body: opened(work.commit) })
    const appended = await log.append({ operationId: 'a', body: accepted(work, 'k'), lease })
    expect(appended).toMatchObject({ kind: 'recorded', event: { fence: 2 } })
    expect(await server.client.hget(meta, 'fence')).toBe('2')
    await log.close()
    expect(await server.client.exists(leaseKey)).toBe(0)

    const without = await openRunLog({
      commonDir: repository.commonDir,
      spec: 'spec',
      holder: currentHolder(),
      now: () => new Date(),
      onNotice() {},
    })
    expect((await taken(without)).fence).toBe(3)
    expect(fenceInGit()).toBe('3')
    await without.close()
  })

  it('are replaced when their keys hold something else altogether', async () => {
    const log = await repository.open()
    await taken(log)
    const [meta, leaseKey] = [await keyOf('meta'), (await server.client.keys('*:lease:*'))[0] ?? '']
    await server.client.del(meta, leaseKey)
    await server.client.set(meta, 'x')
    await server.client.rpush(leaseKey, 'x')
    const lease = await taken(log, 'other')
    expect(lease.fence).toBe(2)
    expect(await log.renew(lease, 60_000)).toBe(true)
    expect(await server.client.hget(meta, 'fence')).toBe('2')
    expect(repository.notices.map(({ code }) => code)).not.toContain('redis-unreachable')
  })
})

describe('a mirror that somebody has forged in Redis', () => {
  const parts = ['log', 'runs', 'steps', 'sessions', 'evidence', 'epochs', 'checkpoints', 'meta', 'live'] as const

  async function mirrors(log: RunLog): Promise<void> {
    const state = await log.state()
    await vi.waitFor(async () => {
      expect(await server.client.hmget(await keyOf('meta'), 'seq', 'tip')).toEqual([
        String(state.seq),
        repository.git('rev-parse', 'refs/conduct/spec/log'),
      ])
    }, patient)
    expect((await server.client.xrange(await keyOf('log'), '-', '+')).map(([id]) => id)).toEqual(
      Array.from({ length: state.seq }, (_, index) => `${index + 1}-0`),
    )
    for (const section of ['runs', 'steps'] as const) {
      const held = Object.entries(await server.client.hgetall(await keyOf(section)))
      expect(Object.fromEntries(held.map(([key, value]) => [key, JSON.parse(value)]))).toEqual(
        JSON.parse(JSON.stringify(state[section])),
      )
    }
  }

  async function filled(): Promise<{ readonly log: RunLog; readonly state: unknown }> {
    const log = await repository.open()
    const work = repository.commit('work')
    await log.append({ operationId: 'open', body: opened(work.commit) })
    await log.append({ operationId: 'a', body: accepted(work, 'k') })
    await mirrors(log)
    return { log, state: JSON.parse(JSON.stringify(await log.state())) }
  }

  it.each([
    ['seq', '1e300'],
    ['seq', '9007199254740993'],
    ['seq', '-1'],
    ['seq', '1.5'],
    ['seq', 'garbage'],
    ['seq', ''],
    ['seq', '999'],
    ['tip', 'garbage'],
    ['tip', 'f'.repeat(40)],
  ])('is rebuilt from git when its %s is %j', async (field, value) => {
    const { log, state } = await filled()
    await server.client.hset(await keyOf('meta'), field, value)
    expect(JSON.parse(JSON.stringify(await log.state()))).toEqual(state)
    expect(await notice(log, 'next')).toMatchObject({ kind: 'recorded', event: { seq: 3 } })
    await mirrors(log)
  })

  it.each(parts)('is rebuilt from git when its %s is of another type', async (part) => {
    const { log } = await filled()
    log.announce({ turn: 1 })
    const key = await keyOf(part)
    await server.client.del(key)
    await server.client.set(key, 'x')
    log.announce({ turn: 2 })
    expect(await notice(log, 'next')).toMatchObject({ kind: 'recorded', event: { seq: 3 } })
    await mirrors(log)
    await vi.waitFor(async () => expect(await server.client.xlen(await keyOf('live'))).toBeGreaterThan(0), patient)
    expect(repository.notices.map(({ code }) => code)).not.toContain('redis-unreachable')
  })

  it('is rebuilt from git when its stream takes no further number', async () => {
    const { log } = await filled()
    await server.client.call('XSETID', await keyOf('log'), '999-0')
    expect(await notice(log, 'next')).toMatchObject({ kind: 'recorded' })
    await mirrors(log)
    expect(repository.notices.map(({ code }) => code)).not.toContain('redis-unreachable')
  })

  it('never reaches the state: forged entries are not read back', async () => {
    const { log, state } = await filled()
    await server.client.hset(await keyOf('steps'), 'k', '{"status":"accepted","forged":true}')
    await log.close()
    const again = await repository.open()
    expect(JSON.parse(JSON.stringify(await again.state()))).toEqual(state)
  })
})
