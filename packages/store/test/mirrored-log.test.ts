import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import type { Change } from '../src/fold/advance.ts'
import { RedisConnection, RedisFailure } from '../src/redis/connection.ts'
import { redisKeys } from '../src/redis/keys.ts'
import { type MirrorEntry, MirroredLog } from '../src/redis/mirrored-log.ts'
import { RedisServer } from './redis-server.ts'
import { complete } from './rig.ts'

const server = new RedisServer()
const keys = redisKeys('authority', 'spec')
const work = { commit: 'c'.repeat(40), tree: 'a'.repeat(40) }
const sections = ['runs', 'steps', 'sessions', 'evidence', 'epochs'] as const
let connection: RedisConnection
let mirror: MirroredLog

beforeAll(() => server.start())
afterAll(() => server.remove())
beforeEach(async () => {
  await server.client.flushall()
  connection = await RedisConnection.open(server.url, 1000)
  mirror = new MirroredLog(connection, keys, 'spec')
})
afterEach(() => connection.close())

const notice: EventBody = { type: 'notice', code: 'x', message: 'y' }

function entry(seq: number, changes: readonly Change[] = [], body = notice): MirrorEntry {
  const event: Event = { version: eventVersion, seq, at: `at ${seq}`, operationId: `op${seq}`, writer: 'w', body }
  return { event, changes, before: seq === 1 ? '' : `tip${seq - 1}`, tip: `tip${seq}` }
}
const everySection = sections.map((section): Change => ({ section, key: 'k', value: { of: section } }))
const sizes = (log: number, each: number) => ({
  log,
  runs: each,
  steps: each,
  sessions: each,
  evidence: each,
  epochs: each,
})

describe('the mirror of a log', () => {
  it('is at the start when the server knows nothing', async () => {
    expect(await mirror.position()).toEqual({ seq: 0, tip: '' })
    expect(await mirror.isWhole(sizes(0, 0))).toBe(true)
  })

  it('takes an event with what it changed, each part in its place', async () => {
    const first = entry(1, everySection)
    expect(await mirror.write(first)).toEqual({ kind: 'mirrored' })
    expect(await mirror.position()).toEqual({ seq: 1, tip: 'tip1' })
    expect(await server.client.xrange(keys.log, '-', '+')).toEqual([
      ['1-0', ['event', JSON.stringify(first.event), 'commit', 'tip1']],
    ])
    for (const section of sections)
      expect(await server.client.hgetall(keys[section])).toEqual({ k: JSON.stringify({ of: section }) })
    expect(await server.client.exists(keys.checkpoints)).toBe(0)
  })

  it('keeps a checkpoint of a phase that is complete', async () => {
    await mirror.write(entry(1, [], complete(work)))
    expect((await server.client.lrange(keys.checkpoints, 0, -1)).map((json) => JSON.parse(json))).toEqual([
      { seq: 1, at: 'at 1', run: 'r1', phase: '1', slice: 'slice1', ...work },
    ])
  })

  it('takes one event once, and says where it stands when another does not follow', async () => {
    await mirror.write(entry(1))
    expect(await mirror.write(entry(1))).toEqual({ kind: 'mirrored' })
    expect(await server.client.xlen(keys.log)).toBe(1)
    expect(await mirror.write(entry(3))).toEqual({ kind: 'gap', at: { seq: 1, tip: 'tip1' } })
    expect(await mirror.write({ ...entry(2), before: 'another' })).toEqual({ kind: 'gap', at: { seq: 1, tip: 'tip1' } })
    expect(await server.client.xlen(keys.log)).toBe(1)
  })

  it.each(['log', ...sections] as const)(
    'is not whole when its %s has lost an entry or has one too many',
    async (part) => {
      await mirror.write(entry(1, everySection))
      expect(await mirror.isWhole(sizes(1, 1))).toBe(true)
      expect(await mirror.isWhole({ ...sizes(1, 1), [part]: 2 })).toBe(false)
      expect(await mirror.isWhole({ ...sizes(1, 1), [part]: 0 })).toBe(false)
    },
  )

  it('is empty when there is nothing of it but, perhaps, its position and fences', async () => {
    expect(await mirror.isEmpty()).toBe(true)
    await server.client.hset(keys.meta, 'fence', 7)
    expect(await mirror.isEmpty()).toBe(true)
  })

  it.each(['log', 'checkpoints', ...sections] as const)('is not empty while its %s is there', async (part) => {
    await mirror.write(entry(1, everySection, complete(work)))
    for (const other of ['meta', 'log', 'checkpoints', ...sections] as const)
      if (other !== part) await server.client.del(keys[other])
    expect(await mirror.isEmpty()).toBe(false)
  })

  it('is emptied as it was found and not otherwise, and leaves leases and fences', async () => {
    await mirror.write(entry(1, everySection))
    await server.client.hset(keys.meta, 'fence', 7)
    await mirror.reset({ seq: 1, tip: 'another' })
    await mirror.reset({ seq: 2, tip: 'tip1' })
    expect(await mirror.isWhole(sizes(1, 1))).toBe(true)
    await mirror.reset({ seq: 1, tip: 'tip1' })
    expect(await mirror.position()).toEqual({ seq: 0, tip: '' })
    expect(await mirror.isWhole(sizes(0, 0))).toBe(true)
    expect(await server.client.hgetall(keys.meta)).toEqual({ fence: '7', spec: 'spec' })
  })

  it.each(['-1', '1.5', '1e300', '9007199254740993', 'garbage', ''])(
    'is emptied when its number is %j, which is none of ours',
    async (seq) => {
      await mirror.write(entry(1, everySection))
      await server.client.hset(keys.meta, 'seq', seq)
      expect(await mirror.position()).toEqual({ seq: 0, tip: '', emptied: true })
      expect(await mirror.position()).toEqual({ seq: 0, tip: '' })
      expect(await mirror.isEmpty()).toBe(true)
    },
  )

  it.each(['meta', 'log', 'checkpoints', ...sections] as const)(
    'is emptied when its %s is of another type',
    async (part) => {
      for (const offered of ['position', 'write'] as const) {
        await server.client.flushall()
        await mirror.write(entry(1, everySection, complete(work)))
        await server.client.del(keys[part])
        await server.client.set(keys[part], 'x')
        if (offered === 'position') expect(await mirror.position()).toEqual({ seq: 0, tip: '', emptied: true })
        else expect(await mirror.write(entry(2))).toEqual({ kind: 'gap', at: { seq: 0, tip: '' } })
        expect(await mirror.isEmpty()).toBe(true)
      }
    },
  )

  it('is emptied when its stream takes no further number', async () => {
    await mirror.write(entry(1, everySection))
    await server.client.call('XSETID', keys.log, '999-0')
    expect(await mirror.write(entry(2))).toEqual({ kind: 'gap', at: { seq: 0, tip: '' } })
    expect(await mirror.write(entry(1))).toEqual({ kind: 'mirrored' })
  })

  it('streams progress and keeps the newest few thousand', async () => {
    const progress = Array.from({ length: 2500 }, (_, turn) => ({ turn }))
    await Promise.all(progress.map((each) => mirror.announce(each)))
    const kept = await server.client.xrange(keys.live, '-', '+')
    expect(kept.length).toBeGreaterThanOrEqual(2000)
    expect(kept.length).toBeLessThan(2500)
    expect(kept.at(-1)?.[1]).toEqual(['progress', '{"turn":2499}'])
  })

  it('fails loudly when the server gives no list', async () => {
    connection.script = async () => 'mirrored'
    await expect(mirror.write(entry(1))).rejects.toThrow(RedisFailure)
    await expect(mirror.write(entry(1))).rejects.toMatchObject({
      reason: 'answer',
      message: 'Redis gave an answer that was not expected: "mirrored"',
    })
  })
})
