import { mustHaveStruck, tracedGit } from '../traced-git.mjs'

const both = ['git', 'redis']
/** Where a git process changes something, and where it ends. */
const changing = 'rename,renameat,renameat2,link,linkat,unlink,unlinkat,exit_group'

/** Calls spread over a run, which makes 79 to 90. */
const victims = [4, 11, 18, 26, 35, 44, 53, 62, 70, 76]

export const rows = [
  ...victims.map((victim) => ({
    name: `kill -9 inside git, call ${victim}, at its first change`,
    stores: both,
    async prove(stage) {
      await stage.open()
      const env = await tracedGit(stage, `[ $calls -eq ${victim} ]`, changing, `${changing}:signal=KILL:when=1`)
      const run = stage.run({ env })
      await stage.endOf(run)
      await mustHaveStruck(stage)
      await stage.holdsAnytime()
      await stage.resumes()
      await stage.holds()
    },
  })),
  {
    name: 'kill -9 of every git at its first rename, from a later call on each time',
    stores: ['git'],
    async prove(stage) {
      await stage.open()
      for (let first = 5; first <= 75; first += 10) {
        const env = await tracedGit(
          stage,
          `[ $calls -ge ${first} ]`,
          'rename,link,linkat',
          'rename,link,linkat:signal=KILL:when=1',
        )
        const run = stage.run({ env })
        await stage.endOf(run)
        await stage.holdsAnytime()
      }
      await mustHaveStruck(stage)
      await stage.resumes()
      await stage.holds()
    },
  },
]
