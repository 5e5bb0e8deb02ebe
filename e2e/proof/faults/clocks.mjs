import { mustHave } from '../stage.mjs'

const both = ['git', 'redis']

/** Another time of day for a whole run; intervals stay what they are, as on a machine whose clock is wrong. */
function skewed(offset) {
  mustHave('faketime', 'faketime')
  return { program: ['faketime', '-f', offset], env: { FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1' } }
}

export const rows = ['+2h', '-2h'].flatMap((offset) => [
  {
    name: `a conductor whose clock is ${offset} off goes on with a killed run`,
    stores: both,
    async prove(stage) {
      const other = skewed(offset)
      await stage.open()
      await stage.killedAt('before-step.accepted:2/integrate#1')
      await stage.resumes(other)
      await stage.holds()
    },
  },
  {
    name: `a conductor whose clock is ${offset} off respects the lease of another`,
    stores: both,
    async prove(stage) {
      const options = skewed(offset)
      await stage.open()
      const first = await stage.stoppedAt('agent-turn:1/implement/base#2')
      const second = stage.run(options)
      await second.until(new RegExp(`waits: \\S+, process ${first.pid} has been working on this since`))
      first.kill('SIGCONT')
      await stage.ends(first)
      await stage.ends(second)
      await stage.holds()
    },
  },
])
