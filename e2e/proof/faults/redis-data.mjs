import { cp, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
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
      await stage.open({ redis: ['--maxmemory-policy', 'allkeys-lru'] })
      const run = await stage.stoppedAt(midway)
      stage.says(run, /Redis may evict.*\[redis-eviction\]/s)
      const { client } = stage.redis
      const keys = await client.keys('conduct:*')
      // What a server that is short of memory may do, without waiting for it to.
      await client.del(...keys.filter((key) => /:(steps|evidence|log)$/.test(key)))
      run.kill('SIGCONT')
      await stage.ends(run)
      const again = stage.run()
      await stage.ends(again)
      stage.says(again, /Redis has lost a part of the mirror; it is rebuilt from git/)
      await stage.holds()
      await stage.mirrors()
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
    name: 'failover to a replica that lags behind',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ redis: ['--appendfsync', 'always'] })
      const run = await stage.stoppedAt('after-step.accepted:1/test#1')
      const early = join(stage.folder, 'early')
      await cp(join(stage.folder, 'redis'), early, { recursive: true })
      run.killGroup('SIGKILL')
      await run.ended
      const later = await stage.stoppedAt(midway)
      const successor = await succeed(stage, early)
      later.kill('SIGCONT')
      await stage.ends(later)
      stage.says(later, /\[redis-unreachable\]/s)
      await endsAndMirrors(stage, successor)
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
