import { join } from 'node:path'
import { freePort, startRedis } from '../redis-server.mjs'

const redisOnly = ['redis']
const midway = 'before-step.accepted:2/implement/add#1'
const unreachable = /Redis cannot be used .*the run goes on on git alone.*\[redis-unreachable\]/s
const required = { settings: 'rounds: 2\nredis: { mode: required }' }

/** Starts the server again that was stopped. */
async function restart(stage) {
  const restarted = await startRedis(join(stage.folder, 'redis'), [], stage.redis.port)
  stage.atEnd(() => restarted.stop())
  return restarted
}

/**
 * Something happens to Redis in the middle of a run, which goes on on git alone, and says so. What `disturb` gives mends
 * it; then another run finds Redis again, and what it missed is there at its end.
 */
function disturbed(name, disturb, told = unreachable) {
  return {
    name,
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      const mend = await disturb(stage.redis)
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      stage.says(run, told)
      await mend?.()
      if (mend) await stage.resumes()
      await stage.holds()
      if (mend) await stage.mirrors()
    },
  }
}

export const rows = [
  {
    name: 'Redis is not there',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      await stage.redis.stop()
      stage.says(await stage.resumes(), unreachable)
      await stage.holds()
    },
  },
  disturbed('Redis is killed and stays away', (redis) => redis.stop()),
  disturbed('Redis hangs', (redis) => {
    redis.kill('SIGSTOP')
    return () => redis.kill('SIGCONT')
  }),
  disturbed('Redis pauses its clients', async ({ client }) => {
    await client.client('PAUSE', 4_000, 'ALL')
    // Answered when the pause is over.
    return () => client.ping()
  }),
  disturbed('Redis closes the connection', async ({ client }) => {
    await client.client('KILL', 'TYPE', 'normal')
    return () => undefined
  }),
  disturbed(
    'Redis becomes a replica and refuses writes',
    async ({ client }) => {
      await client.replicaof('127.0.0.1', await freePort())
      return () => client.replicaof('NO', 'ONE')
    },
    /READONLY|replica/i,
  ),
  {
    name: 'Redis is killed and restarted while the run goes on',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.stop()
      run.kill('SIGCONT')
      await run.until('[redis-unreachable]')
      const restarted = await restart(stage)
      await stage.ends(run)
      await stage.resumes()
      await stage.holds()
      await stage.mirrors(restarted)
    },
  },
  {
    name: 'Redis that is required goes away and comes back: the run pauses',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ spec: required })
      const run = await stage.stoppedAt(midway)
      await stage.redis.stop()
      run.kill('SIGCONT')
      await run.until('[redis-paused]')
      const restarted = await restart(stage)
      await stage.ends(run)
      stage.says(run, /the run pauses until Redis is back/)
      await stage.holds()
      await stage.mirrors(restarted)
    },
  },
  {
    name: 'Redis that is required stays away: the run ends and goes on later',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ spec: required })
      const run = await stage.stoppedAt(midway)
      await stage.redis.stop()
      run.kill('SIGCONT')
      const refused = /Redis is required and cannot be used.*\n\s+next\s+Start Redis or correct its URL/
      await stage.ends(run, 1)
      stage.says(run, refused)
      await stage.holdsAnytime()
      const again = stage.run()
      await stage.ends(again, 1)
      stage.says(again, refused)
      const restarted = await restart(stage)
      await stage.resumes()
      await stage.holds()
      await stage.mirrors(restarted)
    },
  },
]
