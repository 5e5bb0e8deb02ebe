import { freePort, startRedis } from '../redis-server.mjs'

const redisOnly = ['redis']
const midway = 'before-step.accepted:2/implement/add#1'
const unreachable = /Redis cannot be used .*the run goes on on git alone.*\[redis-unreachable\]/s

/** Another run finds Redis again, and what it missed is there at its end. */
async function catchesUp(stage) {
  await stage.resumes()
  await stage.holds()
  await stage.mirrors()
}

export const rows = [
  {
    name: 'Redis is not there',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      await stage.redis.stop()
      const run = await stage.resumes()
      stage.says(run, unreachable)
      await stage.holds()
    },
  },
  {
    name: 'Redis is killed and stays away',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.stop()
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      await stage.holds()
    },
  },
  {
    name: 'Redis is killed and restarted',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      const { port } = stage.redis
      await stage.redis.stop()
      run.kill('SIGCONT')
      await run.until('[redis-unreachable]')
      const restarted = await startRedis(`${stage.folder}/redis`, [], port)
      stage.atEnd(() => restarted.stop())
      await stage.ends(run)
      await catchesUp(stage)
    },
  },
  {
    name: 'Redis hangs',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      stage.redis.kill('SIGSTOP')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      stage.redis.kill('SIGCONT')
      await catchesUp(stage)
    },
  },
  {
    name: 'Redis pauses its clients',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.client.client('PAUSE', 4_000, 'ALL')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      await catchesUp(stage)
    },
  },
  {
    name: 'Redis closes the connection',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.client.client('KILL', 'TYPE', 'normal')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      await catchesUp(stage)
    },
  },
  {
    name: 'Redis that is required goes away and comes back: the run pauses',
    stores: redisOnly,
    async prove(stage) {
      await stage.open({ spec: { settings: 'rounds: 2\nredis: { mode: required }' } })
      const run = await stage.stoppedAt(midway)
      const { port } = stage.redis
      await stage.redis.stop()
      run.kill('SIGCONT')
      await run.until('[redis-paused]')
      const restarted = await startRedis(`${stage.folder}/redis`, [], port)
      stage.atEnd(() => restarted.stop())
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
      await stage.open({ spec: { settings: 'rounds: 2\nredis: { mode: required }' } })
      const run = await stage.stoppedAt(midway)
      const { port } = stage.redis
      await stage.redis.stop()
      run.kill('SIGCONT')
      await stage.ends(run, 1)
      stage.says(run, /Redis is required and cannot be used.*\n\s+next\s+Start Redis or correct its URL/)
      await stage.holdsAnytime()
      const refused = stage.run()
      await stage.ends(refused, 1)
      stage.says(refused, /Redis is required and cannot be used.*\n\s+next\s+Start Redis or correct its URL/)
      const restarted = await startRedis(`${stage.folder}/redis`, [], port)
      stage.atEnd(() => restarted.stop())
      await stage.resumes()
      await stage.holds()
      await stage.mirrors(restarted)
    },
  },
  {
    name: 'Redis becomes a replica and refuses writes',
    stores: redisOnly,
    async prove(stage) {
      await stage.open()
      const run = await stage.stoppedAt(midway)
      await stage.redis.client.replicaof('127.0.0.1', await freePort())
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, unreachable)
      stage.says(run, /READONLY|replica/i)
      await stage.redis.client.replicaof('NO', 'ONE')
      await catchesUp(stage)
    },
  },
]
