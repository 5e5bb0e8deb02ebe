import { readEvents } from '../history.mjs'

const both = ['git', 'redis']

export const rows = [
  {
    name: 'two conductors start together on one spec',
    stores: both,
    async prove(stage) {
      await stage.open({ score: { delayMs: 60 } })
      const runs = [stage.run(), stage.run()]
      for (const run of runs) await stage.ends(run)
      await stage.holds()
      const accepted = (await readEvents(stage.workspace)).filter(({ body }) => body.type === 'step.accepted')
      stage.expect(
        new Set(accepted.map(({ body }) => body.stepKey)).size === accepted.length,
        'a step was accepted more than once',
      )
    },
  },
  {
    name: 'a conductor is killed while another waits for it',
    stores: both,
    async prove(stage) {
      await stage.open()
      const first = await stage.stoppedAt('agent-turn:1/implement/base#2')
      const second = stage.run()
      await second.until(new RegExp(`waits: \\S+, process ${first.pid} has been working on this since`))
      const killedMs = performance.now()
      first.killGroup('SIGKILL')
      await stage.ends(second)
      stage.expect(performance.now() - killedMs < 25_000, 'the other one waited for the time to live of a dead lease')
      await stage.holds()
    },
  },
  {
    name: 'a conductor is stopped past its lease and wakes up when another has done its step',
    stores: both,
    async prove(stage) {
      await stage.open()
      const sleeper = await stage.stoppedAt('agent-turn:2/implement/add#2')
      const other = stage.run()
      await stage.ends(other)
      stage.says(other, new RegExp(`waits: \\S+, process ${sleeper.pid} has been working on this since`))
      const recorded = (await readEvents(stage.workspace)).length
      sleeper.kill('SIGCONT')
      await stage.ends(sleeper)
      const late = (await readEvents(stage.workspace)).slice(recorded)
      const again = late.filter(({ body }) => body.stepKey !== undefined || body.type === 'agent.finished')
      stage.expect(again.length === 0, `the sleeper still recorded ${again.map(({ body }) => body.type).join(', ')}`)
      await stage.holds()
    },
  },
]
