import { join } from 'node:path'
import { eventually } from '../left-behind.mjs'
import { startRedis } from '../redis-server.mjs'
import { stateOf } from '../stage.mjs'
import { startProxy } from '../tcp-proxy.mjs'

const redisOnly = ['redis']

/** Where the mirror stands in a server: the number of its last event. */
async function mirroredIn({ client }) {
  const [meta] = await client.keys('conduct:*:meta')
  return meta === undefined ? 0 : Number(await client.hget(meta, 'seq'))
}

function leasesIn({ client }) {
  return client.keys('conduct:*:lease:*')
}

/**
 * A run that stops itself at `point` with a master and a replica that has heard nothing since phase 1 was tested. The
 * conductors know an address that `failOver` leads to the replica, after the master was killed and it was promoted.
 */
async function lagging(stage, point) {
  await stage.open()
  const master = stage.redis
  const replica = await startRedis(join(stage.folder, 'replica'))
  const link = await startProxy(master.port)
  const address = await startProxy(master.port)
  for (const each of [replica, link, address]) stage.atEnd(() => each.stop())
  await replica.client.replicaof('127.0.0.1', link.port)

  const env = { NX_CONDUCT_REDIS_URL: address.url }
  const strikes = ['after-step.accepted:1/test#1', point].map((at) => ({ at, signal: 'SIGSTOP' }))
  const run = stage.run({ env, strikes })
  const standsStill = () => stateOf(run.pid) === 'T'
  const inStep = async () =>
    standsStill() && (await mirroredIn(master)) > 0 && (await mirroredIn(replica)) === (await mirroredIn(master))
  if (!(await eventually(inStep, 60_000))) throw new Error('the replica never followed its master')
  link.silence()
  const heard = await mirroredIn(replica)
  run.kill('SIGCONT')
  if (!(await eventually(async () => standsStill() && (await mirroredIn(master)) > heard, 60_000))) {
    throw new Error(`the run never came to ${point}`)
  }
  return {
    run,
    env,
    replica,
    async failOver() {
      stage.expect((await mirroredIn(replica)) === heard, 'the replica does not lag behind')
      const known = await leasesIn(replica)
      const unheard = (await leasesIn(master)).filter((lease) => !known.includes(lease))
      stage.expect(unheard.length > 0, 'the replica knows every lease')
      await master.stop()
      await link.stop()
      await replica.client.replicaof('NO', 'ONE')
      address.leadTo(replica.port)
    },
  }
}

export const rows = [
  {
    name: 'failover to a replica that lags behind',
    stores: redisOnly,
    async prove(stage) {
      const { run, env, replica, failOver } = await lagging(stage, 'before-step.accepted:2/implement/add#1')
      await failOver()
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /\[redis-unreachable\]/)
      const again = await stage.resumes({ env })
      const told = run.output() + again.output()
      stage.expect(/Redis is \d+ events behind git/.test(told), 'nobody was told that the replica was behind')
      await stage.holds()
      await stage.mirrors(replica)
    },
  },
  {
    name: 'failover to a replica that never heard of a lease that is held: git holds it',
    stores: redisOnly,
    async prove(stage) {
      const { run: first, env, replica, failOver } = await lagging(stage, 'agent-turn:2/implement/add#2')
      await failOver()
      const second = stage.run({ env })
      await second.until(new RegExp(`waits: \\S+, process ${first.pid} has been working on this since`))
      first.kill('SIGCONT')
      await stage.ends(first)
      await stage.ends(second)
      await stage.resumes({ env })
      await stage.holds()
      await stage.mirrors(replica)
    },
  },
]
