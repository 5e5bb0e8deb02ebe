import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../left-behind.mjs'
import { startRedis } from '../redis-server.mjs'

const redisOnly = ['redis']
const midway = 'before-step.accepted:2/implement/add#1'

async function endsAndMirrors(stage, server = stage.redis) {
  await stage.resumes()
  await stage.holds()
  await stage.mirrors(server)
}

/** A server on the port of the one that is gone, with the files in `folder`. */
async function succeed(stage, folder) {
  const { port } = stage.redis
  await stage.redis.stop()
  const successor = await startRedis(folder, [], port)
  stage.atEnd(() => successor.stop())
  return successor
}

/** Evicts what was used least recently, exactly. */
const evicting = ['--maxmemory-policy', 'allkeys-lru', '--maxmemory-samples', '64']

/**
 * Somebody else fills the server until it has evicted every key of the run that `wished` names. What `keeps` names is
 * read meanwhile, by a board for example.
 */
async function crowd({ redis: { client } }, wished, keeps = /^$/) {
  const keys = () => client.keys('conduct:*')
  const used = Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  await client.config('SET', 'maxmemory', String(used + 2_000_000))
  let number = 0
  const evicted = await eventually(async () => {
    const left = await keys()
    const read = left.filter((key) => keeps.test(key))
    if (read.length > 0) await client.touch(...read)
    number += 1
    await client.set(`somebody else's ${number}`, 'x'.repeat(20_000))
    return !left.some((key) => wished.test(key))
  }, 30_000)
  if (!evicted) throw new Error(`Redis has not evicted ${wished}; there are ${(await keys()).join(' ')}`)
}

export const rows = [
  {
    name: 'Redis is out of memory',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      const { client } = stage.redis
      await client.config('SET', 'maxmemory', '1')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /OOM/)
      await client.config('SET', 'maxmemory', '0')
      await endsAndMirrors(stage)
    },
  },
  {
    name: 'Redis evicts',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: evicting })
      const run = await stage.stoppedAt(midway)
      stage.says(run, /Redis may evict.*\[redis-eviction\]/s)
      await crowd(stage, /./)
      run.kill('SIGCONT')
      await stage.ends(run)
      await stage.redis.client.config('SET', 'maxmemory', '0')
      await endsAndMirrors(stage)
    },
  },
  {
    name: 'Redis evicts a part of the mirror',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: evicting })
      const run = await stage.stoppedAt(midway)
      const { client } = stage.redis
      await crowd(stage, /:(log|steps)$/, /:meta$/)
      stage.expect((await client.keys('conduct:*:meta')).length === 1, 'the head of the mirror was to stay')
      run.kill('SIGCONT')
      await stage.ends(run)
      await client.config('SET', 'maxmemory', '0')
      const again = await stage.resumes()
      stage.says(again, /Redis has lost a part of the mirror; it is rebuilt from git/)
      await stage.holds()
      await stage.mirrors()
    },
  },
  {
    name: 'Redis evicts the head of the mirror and nothing else',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: evicting })
      const run = await stage.stoppedAt(midway)
      await crowd(stage, /:meta$/, /:(log|steps|runs)$/)
      run.kill('SIGCONT')
      await stage.ends(run)
      await stage.redis.client.config('SET', 'maxmemory', '0')
      const again = await stage.resumes()
      stage.expect(
        /Redis has lost a part of the mirror; it is rebuilt from git/.test(run.output() + again.output()),
        'nobody was told that the mirror lost a part',
      )
      await stage.holds()
      await stage.mirrors()
    },
  },
  {
    name: 'Redis evicts a lease that is held: git holds it',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: evicting })
      const first = await stage.stoppedAt('agent-turn:2/implement/add#2')
      await crowd(stage, /./)
      const second = stage.run()
      await second.until(new RegExp(`waits: \\S+, process ${first.pid} has been working on this since`))
      first.kill('SIGCONT')
      await stage.ends(first)
      await stage.ends(second)
      await stage.redis.client.config('SET', 'maxmemory', '0')
      await endsAndMirrors(stage)
    },
  },
  {
    name: 'Redis is flushed',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.client.flushall()
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /Redis is \d+ events behind git and is brought up to date/)
      await stage.holds()
      await stage.mirrors()
    },
  },
  {
    name: 'Redis restarts from a truncated append-only file',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: ['--appendfsync', 'always'] })
      await stage.killedAt(midway)
      const folder = join(stage.folder, 'redis')
      await stage.redis.stop()
      const parts = join(folder, 'appendonlydir')
      const written = (await readdir(parts)).filter((name) => name.endsWith('.incr.aof')).at(-1)
      const file = join(parts, written)
      await truncate(file, Math.floor((await stat(file)).size * 0.6))
      const successor = await succeed(stage, folder)
      const run = stage.run()
      await stage.ends(run)
      stage.says(run, /\[redis-(behind|incomplete|foreign)\]/)
      await stage.holds()
      await stage.mirrors(successor)
    },
  },
  {
    name: 'Redis holds another history of this run',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      await stage.killedAt(midway)
      const { client } = stage.redis
      const [meta] = (await client.keys('conduct:*')).filter((key) => key.endsWith(':meta'))
      await client.hset(meta, 'tip', 'f'.repeat(40))
      const run = await stage.resumes()
      stage.says(run, /Redis holds another history of this run than git; git decides.*\[redis-foreign\]/)
      await stage.holds()
      await stage.mirrors()
    },
  },
]
