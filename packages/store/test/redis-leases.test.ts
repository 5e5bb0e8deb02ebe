import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RedisConnection } from '../src/redis/connection.ts'
import { redisKeys } from '../src/redis/keys.ts'
import { RedisLeases } from '../src/redis/redis-leases.ts'
import { RedisServer } from './redis-server.ts'
import { stranger } from './rig.ts'

const server = new RedisServer()
const keys = redisKeys('authority', 'spec')
const at = '2026-01-01T00:00:00.000Z'
const lease = { key: 'k', fence: 7, holder: stranger(), since: at }
let connection: RedisConnection
let leases: RedisLeases

beforeAll(() => server.start())
afterAll(() => server.remove())
beforeEach(async () => {
  await server.client.flushall()
  connection = await RedisConnection.open(server.url, 1000)
  leases = new RedisLeases(connection, keys)
})
afterEach(() => connection.close())

const told = () => server.client.hgetall(keys.lease('k'))
const written = { key: 'k', fence: '7', holder: JSON.stringify(stranger()), since: at }

describe('a lease as Redis is told of it', () => {
  it('says everything about itself, and which fence is the highest', async () => {
    await leases.tell(lease, 60_000, 9)
    const now = Date.now()
    const { until, ...rest } = await told()
    expect(rest).toEqual(written)
    expect(Number(until)).toBeGreaterThan(now + 50_000)
    expect(Number(until)).toBeLessThan(now + 70_000)
    expect(await server.client.hget(keys.meta, 'fence')).toBe('9')
  })

  it('lasts as long as was asked for, also when it is told again', async () => {
    await leases.tell(lease, 60_000, 7)
    expect(await server.client.pttl(keys.lease('k'))).toBeGreaterThan(50_000)
    await leases.tell(lease, 10_000, 7)
    const left = await server.client.pttl(keys.lease('k'))
    expect(left).toBeGreaterThan(5_000)
    expect(left).toBeLessThanOrEqual(10_000)
  })

  it.each(['3', '8', '9007199254740993', '-1', '1e300', 'garbage', ''])(
    'replaces what is there, whatever fence that claims: %j',
    async (fence) => {
      await server.client.hset(keys.lease('k'), { fence, holder: '{', until: '9e18' })
      await server.client.hset(keys.meta, 'fence', fence)
      await leases.tell(lease, 60_000, 7)
      expect(await told()).toMatchObject(written)
      expect(await server.client.hget(keys.meta, 'fence')).toBe('7')
    },
  )

  it('replaces keys of another type', async () => {
    await server.client.set(keys.meta, 'x')
    await server.client.rpush(keys.lease('k'), 'x')
    await leases.tell(lease, 60_000, 7)
    expect(await told()).toMatchObject(written)
    expect(await server.client.hgetall(keys.meta)).toEqual({ fence: '7' })
  })

  it('is forgotten when it is given back, and a newer one stays', async () => {
    await leases.tell({ ...lease, fence: 8 }, 60_000, 8)
    await leases.forget(lease, 8)
    expect(await told()).toMatchObject({ fence: '8' })
    await leases.forget({ ...lease, fence: 8 }, 8)
    expect(await server.client.exists(keys.lease('k'))).toBe(0)
    await leases.forget(lease, 8)
  })

  it.each(['9', '9007199254740993', '-1', '1e300', 'garbage', ''])(
    'is forgotten though its fence reads %j, which git has never given',
    async (fence) => {
      await server.client.hset(keys.lease('k'), 'fence', fence)
      await leases.forget(lease, 8)
      expect(await server.client.exists(keys.lease('k'))).toBe(0)
    },
  )

  it('is forgotten though its key is of another type', async () => {
    await server.client.set(keys.lease('k'), 'x')
    await leases.forget(lease, 8)
    expect(await server.client.exists(keys.lease('k'))).toBe(0)
  })
})
