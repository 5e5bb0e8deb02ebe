import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyHistory } from '@nx-conduct/store'
import { readEvents } from '../history.mjs'
import { makeNetwork } from '../network.mjs'
import { brokenAtEnd, takeBefore } from '../promises.mjs'
import { copyWorkspace } from '../workspace.mjs'

const both = ['git', 'redis']
const spec = { settings: 'rounds: 2\nremote: origin' }
const redisPort = '6390'
const log = 'refs/conduct/spec/log'

/**
 * Two machines with a clone each, and between them a server with the repository that both share: the authority of the
 * run log. `here` is the row's own workspace.
 */
async function twoHosts(stage, score) {
  const { service, hosts, serve } = makeNetwork(stage, ['here', 'there'])
  const [here, there] = hosts
  const url = `git://${service}/shared.git`
  await stage.open({ spec, score, shared: true, prepare: ({ git }) => git('remote', 'set-url', 'origin', url) })
  const { git, top } = stage.workspace
  // Apart from the workspaces, where nothing may go on running when a run is over.
  const served = join(stage.folder, 'served')
  const shared = join(served, 'shared.git')
  await cp(join(top, 'shared.git'), shared, { recursive: true })
  await serve(
    'git',
    ['daemon', '--verbose', '--export-all', '--enable=receive-pack', `--base-path=${served}`, `--listen=${service}`],
    'Ready to rumble',
  )
  const env = {}
  const mirror = { path: join(stage.folder, 'mirror.sock') }
  if (stage.store === 'redis') {
    env.NX_CONDUCT_REDIS_URL = `redis://${service}:${redisPort}/0`
    const listening = ['--port', redisPort, '--bind', service, '--protected-mode', 'no', '--unixsocket', mirror.path]
    await serve('redis-server', [...listening, '--dir', served, '--appendonly', 'yes'], 'Ready to accept connections')
  }
  const clone = await copyWorkspace(join(stage.folder, 'template'), join(stage.folder, 'there'))
  await clone.git('remote', 'add', 'origin', url)
  const before = await takeBefore(clone)
  return {
    here,
    options: { program: here.program, env },
    runHere: () => stage.run({ program: here.program, env }),
    runThere: () => stage.run({ program: there.program, env }, clone),
    /** Both clones and what they share hold one history, and each clone the result. */
    async agree() {
      await stage.holds()
      const broken = await brokenAtEnd(clone, before, stage.expected)
      broken.push(...(await verifyHistory(shared, 'spec')).problems)
      stage.problems.push(...broken.map((problem) => `there: ${problem}`))
      const tips = [git, clone.git].map((ask) => ask('rev-parse', log))
      const [one, other, both] = await Promise.all([...tips, git('--git-dir', shared, 'rev-parse', log)])
      stage.expect(one === both && other === both, `the logs end at ${one} here, ${other} there, ${both} in between`)
      const left = await git('--git-dir', shared, 'for-each-ref', 'refs/conduct/spec/lease')
      if (stage.store === 'redis') await stage.mirrors(mirror)
      stage.expect(left === '', `leases are left in the shared repository: ${left}`)
    },
  }
}

export const rows = [
  {
    name: 'a host is cut off from the shared repository at its work, and another one goes on',
    stores: both,
    async prove(stage) {
      const { here, options, runHere, runThere, agree } = await twoHosts(stage)
      const run = await stage.stoppedAt('agent-turn:2/implement/add#2', options)
      here.cut()
      const other = runThere()
      await other.until(new RegExp(`waits: here, process ${run.pid} has been working on this since`))
      run.kill('SIGCONT')
      await stage.ends(run, 1)
      stage.says(run, /the run log cannot be written.*\n(.*\n)*?\s+next\s+Fix that, then run the same command again/)
      stage.expect(!/\n\s+at .*\.js:\d+/.test(run.output()), 'the person was shown a stack')
      await stage.ends(other)
      here.mend()
      const again = runHere()
      await stage.ends(again)
      await stage.ends(runThere())
      await agree()
    },
  },
  {
    name: 'a host that was cut off comes back with work that another has done meanwhile',
    stores: both,
    async prove(stage) {
      const { here, runHere, runThere, agree } = await twoHosts(stage, {
        look: 'while test -e ../../../../stay; do sleep 0.2; done; ls -la',
      })
      await stage.workspace.write('../stay', '')
      const run = runHere()
      await run.until('turn 1')
      here.cut()
      const other = runThere()
      await stage.ends(other)
      stage.says(other, new RegExp(`waits: here, process ${run.pid} has been working on this since`))
      const recorded = (await readEvents(stage.workspace)).length
      here.mend()
      await rm(join(stage.workspace.top, 'stay'))
      await stage.ends(run)
      stage.says(run, /\[lease-lost\]/)
      stage.expect(recorded < 10, 'the host was not cut off')
      await stage.ends(runHere())
      await stage.ends(runThere())
      await agree()
    },
  },
]
