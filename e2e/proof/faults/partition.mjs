import { spawnSync } from 'node:child_process'
import { ip } from '../network.mjs'
import { mustBeRoot, mustHave } from '../stage.mjs'
import { plainEnvironment, startProcess } from '../workspace.mjs'

const near = '10.231.17.1'
const far = '10.231.17.2'
const port = 6390

/** A machine of its own for Redis, by the kernel's lights: a network namespace at the other end of a cable. */
async function farRedis(stage) {
  mustBeRoot('make a network namespace')
  mustHave('ip', 'iproute2')
  const name = `conduct-${process.pid}`
  const cable = `cond${process.pid % 10_000}`
  stage.atEnd(() => {
    spawnSync('ip', ['netns', 'delete', name])
    spawnSync('ip', ['link', 'delete', cable])
  })
  ip('netns', 'add', name)
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', `${cable}b`, 'netns', name)
  ip('address', 'add', `${near}/30`, 'dev', cable)
  ip('link', 'set', cable, 'up')
  ip('-n', name, 'address', 'add', `${far}/30`, 'dev', `${cable}b`)
  ip('-n', name, 'link', 'set', `${cable}b`, 'up')
  const args = ['netns', 'exec', name, 'redis-server', '--port', String(port), '--bind', far, '--protected-mode', 'no']
  const server = startProcess('ip', [...args, '--dir', stage.folder, '--save', ''], {
    cwd: stage.folder,
    env: plainEnvironment(),
  })
  stage.atEnd(() => server.killGroup('SIGKILL'))
  await server.until('Ready to accept connections')
  return { cable, url: `redis://${far}:${port}/0` }
}

export const rows = [
  {
    name: 'the network between a conductor and Redis is cut, and mended',
    stores: ['git'],
    async prove(stage) {
      await stage.open()
      const { cable, url } = await farRedis(stage)
      const env = { NX_CONDUCT_REDIS_URL: url }
      const run = await stage.stoppedAt('before-step.accepted:2/implement/add#1', { env })
      ip('link', 'set', cable, 'down')
      run.kill('SIGCONT')
      await stage.ends(run)
      stage.says(run, /Redis cannot be used .*\[redis-unreachable\]/s)
      ip('link', 'set', cable, 'up')
      await stage.resumes({ env })
      await stage.holds()
      await stage.mirrors({ host: far, port })
    },
  },
]
