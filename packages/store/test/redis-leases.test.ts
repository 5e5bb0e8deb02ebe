import { spawnSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { currentHolder, type Holder, type Lease } from '../src/index.ts'
import { RedisConnection, RedisFailure } from '../src/redis/connection.ts'
import { redisKeys } from '../src/redis/keys.ts'
import { RedisLeases } from '../src/redis/redis-leases.ts'
import { RedisServer } from './redis-server.ts'
import { stranger } from './rig.ts'

const server = new RedisServer()
const keys = redisKeys('authority', 'spec')
const at = '2026-01-01T00:00:00.000Z'
let connection: RedisConnection

beforeAll(() => server.start())
afterAll(() => server.remove())
beforeEach(async () => {
  await server.client.flushall()
  connection = await RedisConnection.open(server.url, 1000)
})
afterEach(() => connection.close())

const leasesOf = (holder: Holder) => new RedisLeases(connection, keys, holder, () => new Date(at))

async function taken(leases: RedisLeases, lowest = 1): Promise<Lease> {
  const outcome = await leases.acquire('k', 60_000, lowest)
  if (outcome.kind !== 'acquired') throw new Error('it is held')
  return outcome.lease
}

describe('a lease in Redis', () => {
  it('says everything about itself, to its holder, to others and on the server', async () => {
    const lease = { key: 'k', fence: 7, holder: stranger(), since: at }
    expect(await taken(leasesOf(stranger()), 7)).toEqual(lease)
    expect(await server.client.hgetall(keys.lease('k'))).toMatchObject({
      key: 'k',
      fence: '7',
      holder: JSON.stringify(stranger()),
      since: at,
    })
    expect(await server.client.hget(keys.meta, 'fence')).toBe('7')
    expect(await leasesOf(currentHolder()).acquire('k', 60_000, 99)).toEqual({ kind: 'held', by: lease })
  })

  it('lasts as long as was asked for, also after it was renewed', async () => {
    const leases = leasesOf(stranger())
    const lease = await taken(leases)
    expect(await server.client.pttl(keys.lease('k'))).toBeGreaterThan(50_000)
    expect(await leases.renew(lease, 10_000)).toBe(true)
    const left = await server.client.pttl(keys.lease('k'))
    expect(left).toBeGreaterThan(5_000)
    expect(left).toBeLessThanOrEqual(10_000)
  })

  it('of a dead process is taken over at once, and that of a living one never', async () => {
    const { pid } = spawnSync('true')
    await taken(leasesOf({ ...currentHolder(), pid }), 4)
    const ours = await taken(leasesOf(currentHolder()))
    expect(ours).toEqual({ key: 'k', fence: 5, holder: currentHolder(), since: at })
    expect(await leasesOf({ ...currentHolder(), pid: process.ppid }).acquire('k', 1000, 1)).toEqual({
      kind: 'held',
      by: ours,
    })
  })

  it('is overtaken in the name of the fence that was seen alone', async () => {
    const { pid } = spawnSync('true')
    await taken(leasesOf({ ...currentHolder(), pid }))
    const script = connection.script.bind(connection)
    connection.script = async (...call) => {
      const answer = await script(...call)
      // Whoever was seen dead has lost its lease to another dead process by the time it is overtaken.
      if (Array.isArray(answer) && answer[0] === 'held')
        await server.client.hincrby(keys.lease('k'), 'fence', answer[1] < 3 ? 1 : 0)
      return answer
    }
    expect((await taken(leasesOf(currentHolder()))).fence).toBe(4)
  })

  it('that the server does not let go is held, whoever holds it', async () => {
    const { pid } = spawnSync('true')
    let asked = 0
    connection.script = async () => {
      if (++asked > 9) throw new Error('it asks for ever')
      return ['held', 3, JSON.stringify({ ...currentHolder(), pid }), at]
    }
    expect(await leasesOf(currentHolder()).acquire('k', 1000, 1)).toMatchObject({ kind: 'held', by: { fence: 3 } })
    expect(asked).toBe(2)
  })

  it('is put back after the server has lost it, and refused when another holds a newer one', async () => {
    const leases = leasesOf(stranger())
    const lease = await taken(leases, 3)
    await server.client.flushall()
    expect(await leases.renew(lease, 60_000)).toBe(true)
    expect(await server.client.hgetall(keys.lease('k'))).toMatchObject({ key: 'k', fence: '3', since: at })
    expect(await server.client.hget(keys.meta, 'fence')).toBe('3')
    await server.client.hset(keys.lease('k'), 'fence', '4')
    expect(await leases.renew(lease, 60_000)).toBe(false)
    await leases.release(lease)
    expect(await server.client.hget(keys.lease('k'), 'fence')).toBe('4')
    await leases.release({ ...lease, fence: 4 })
    expect(await server.client.exists(keys.lease('k'))).toBe(0)
  })

  it.each([
    '{',
    'null',
    JSON.stringify({ ...stranger(), host: 1 }),
    JSON.stringify({ ...stranger(), pid: '1' }),
    JSON.stringify({ host: 'x', pid: 1 }),
  ])('whose holder reads %s belongs to nobody who could be proven dead', async (holder) => {
    await taken(leasesOf(stranger()))
    await server.client.hset(keys.lease('k'), 'holder', holder)
    expect(await leasesOf(currentHolder()).acquire('k', 1000, 1)).toMatchObject({
      kind: 'held',
      by: { holder: { host: 'unknown', pid: 0, startedAt: '' } },
    })
  })

  it.each([{ answer: 'held' }, { answer: ['neither', 1] }, { answer: null }])(
    'fails loudly on $answer, which is no answer to expect',
    async ({ answer }) => {
      connection.script = async () => answer
      const failing = leasesOf(stranger()).acquire('k', 1000, 1)
      await expect(failing).rejects.toThrow(RedisFailure)
      await expect(failing).rejects.toMatchObject({
        reason: 'answer',
        message: `Redis gave an answer that was not expected: ${JSON.stringify(answer)}`,
      })
    },
  )
})
