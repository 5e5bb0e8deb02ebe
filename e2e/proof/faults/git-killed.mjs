import { mustHaveStruck, tracedGit } from '../traced-git.mjs'

const both = ['git', 'redis']
/** Where a git process changes something, and where it ends. */
const changing = 'rename,renameat,renameat2,link,linkat,unlink,unlinkat,exit_group'

/** Calls spread over a run, which makes about 200. */
const victims = [7, 24, 41, 58, 79, 97, 115, 133, 151, 171]

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
      for (let first = 10; first <= 150; first += 20) {
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
