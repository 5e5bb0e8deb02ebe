import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkoutOf } from '../whose-checkout.mjs'
import { during, nextOneEnds, nobodyTwice } from './during.mjs'
import { artifacts, labelOfAdd } from './moments.mjs'
import { situationSpec } from './plan.mjs'

/** Git's and our own folders, the spec, and other terminals, in mid-run. */

export const rows = [
  during('gc --prune=now once', async ({ git }) => {
    await git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', 'refs/heads/main')
    await git('gc', '--quiet', '--prune=now')
  }),
  {
    name: 'issue 5: gc --prune=now in a loop',
    async prove(scene) {
      const place = await scene.open()
      await place.hold()
      const run = await scene.midRun(place)
      let pruning = true
      const loop = (async () => {
        while (pruning) await place.sh('git prune --expire=now')
      })()
      const ended = await scene.goOn(place, run, {})
      pruning = false
      await loop
      if (ended.code !== 0) await nextOneEnds(scene, place)
      await scene.holdsResult(place)
      await nobodyTwice(scene, place)
    },
  },
  during(
    "delete an agent's worktree",
    async (place) => {
      await rm(await checkoutOf(place.home, labelOfAdd), { recursive: true })
    },
    {
      anyEnd: true,
      async after(scene, place, ended) {
        if (ended.code !== 0) await scene.lacksResult(place)
        await nextOneEnds(scene, place)
      },
    },
  ),
  during('delete all of .git/worktrees', (place) => rm(join(place.gitDir, 'worktrees'), { recursive: true }), {
    anyEnd: true,
    async after(scene, place) {
      await nextOneEnds(scene, place)
    },
  }),
  during('issue 6: delete .conduct/', (place) => rm(join(place.root, artifacts), { recursive: true, force: true }), {
    stores: ['git', 'redis'],
    async after(scene, place) {
      await scene.holdsResult(place)
      await nobodyTwice(scene, place)
      await nextOneEnds(scene, place)
    },
  }),
  during(
    'edit SPEC.md',
    async (place) => {
      await place.write('.spec/SPEC.md', situationSpec().replace('Add numbers', 'Add some numbers'))
    },
    {
      anyEnd: true,
      async after(scene, place, ended) {
        if (ended.code === 0) await scene.tookOrTold(place, ended)
        await nextOneEnds(scene, place)
        scene.expect((await place.read('.spec/SPEC.md')).includes('Add some numbers'), "the user's edit is gone")
      },
    },
  ),
  {
    name: 'Ctrl-Z for longer than a lease, and another conduct meanwhile',
    stores: ['git', 'redis'],
    async prove(scene) {
      const place = await scene.open()
      const sleeper = await scene.midRun(place)
      sleeper.killGroup('SIGSTOP')
      const other = scene.heard(place.conduct())
      await place.release()
      const { code } = await scene.endOf(other)
      scene.expect(code === 0, `the other run ended with ${code}`)
      await scene.holdsResult(place)
      const tip = await place.git('rev-parse', 'main')
      sleeper.killGroup('SIGCONT')
      await scene.endOf(sleeper)
      scene.expect((await place.git('rev-parse', 'main')) === tip, 'the sleeper moved main again')
    },
  },
  {
    name: 'second terminal, same HEAD',
    stores: ['git', 'redis'],
    async prove(scene) {
      const place = await scene.open()
      const first = await scene.midRun(place)
      const second = scene.heard(place.conduct())
      await second.until(/waits|✖/)
      await place.release()
      for (const run of [first, second]) {
        const { code } = await scene.endOf(run)
        scene.expect(code === 0, `a run ended with ${code}`)
      }
      await scene.holdsResult(place)
      await nobodyTwice(scene, place)
    },
  },
  {
    name: 'second terminal, and the first is killed',
    async prove(scene) {
      const place = await scene.open()
      const first = await scene.midRun(place)
      const second = scene.heard(place.conduct())
      await second.until(/waits|✖/)
      first.killGroup('SIGKILL')
      await place.release()
      const { code } = await scene.endOf(second)
      scene.expect(code === 0, `the second run ended with ${code}`)
      await scene.holdsResult(place)
    },
  },
]
