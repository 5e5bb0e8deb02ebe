import { session } from '../../rig/small.mjs'
import { during, nextOneEnds, nobodyTwice } from './during.mjs'
import { made, situationSpec } from './plan.mjs'

/** Commits and branches of the user's in mid-run. */

const secret = { 'secret.txt': 'a password that was removed again\n' }

/** The user drops the commit that the run started from. */
function dropped(name, drop) {
  return {
    name,
    stores: ['git', 'redis'],
    async prove(scene) {
      const place = await scene.open({ prepare: (place) => place.commit('secret.txt', secret['secret.txt'], 'Oops') })
      const oops = await place.git('rev-parse', 'HEAD')
      const run = await scene.midRun(place)
      await place.git('stash', 'push', '--quiet', '--include-untracked')
      await drop(place)
      await place.git('stash', 'pop', '--quiet', '--index')
      await scene.watch(place)
      const now = await place.git('rev-parse', 'main')
      const ended = await scene.goOn(place, run, {})
      scene.expect(ended.code !== 0, 'the run ended with 0 although its start commit is no longer on the branch')
      scene.expect((await place.git('rev-parse', 'main')) === now, 'main moved')
      scene.says(ended, /npx nx run spec:conduct|git merge/)
      await nextOneEnds(scene, place)
      const text = await place.git('log', '-p', '--format=%H %s', 'main')
      scene.expect(!text.includes(oops) && !text.includes(secret['secret.txt'].trim()), 'what was dropped came back')
      await nobodyTwice(scene, place)
    },
  }
}

/** The user switches to a branch in mid-run, commits there and conducts there, too. */
function switched(which, order) {
  return {
    name: `issue 1: switch to another branch and conduct there; ${which}`,
    stores: order === 'both' ? ['git', 'redis'] : ['git'],
    async prove(scene) {
      const place = await scene.open({ own: false })
      const first = await scene.midRun(place)
      const movable = ['refs/heads/main', 'refs/heads/feature']
      const branchOff = async () => {
        await place.git('switch', '--quiet', '-c', 'feature')
        await place.commit('feature.txt', 'of feature\n')
      }
      await scene.user(place, branchOff, { movable })
      if (order === 'second') first.killGroup('SIGSTOP')
      const second = scene.heard(place.conduct())
      await second.until(/phase 2 .*(executor|waits|known|recorded|reused|adopted)|✖/)
      if (order === 'first') second.killGroup('SIGSTOP')
      await place.release()
      const runs = order === 'second' ? [second, first] : [first, second]
      const ends = new Map()
      if (order === 'both') await Promise.all(runs.map(async (run) => ends.set(run, await scene.endOf(run))))
      else {
        ends.set(runs[0], await scene.endOf(runs[0]))
        runs[1].killGroup('SIGCONT')
        ends.set(runs[1], await scene.endOf(runs[1]))
      }
      const isIn = async (path, ref) => (await scene.lacks(place, ref, { [path]: 'of feature\n' })).length === 0
      scene.expect(await isIn('feature.txt', 'feature'), 'feature lost its own file')
      scene.expect(!(await isIn('feature.txt', 'main')), "feature's file is in main")
      const commits = await place.git('log', '--format=%s', 'main')
      scene.expect(!commits.includes('feature.txt'), "feature's commit is in main")
      if (ends.get(first).code === 0) await scene.tookOrTold(place, ends.get(first))
      scene.expect(ends.get(second).code === 0, `conducting on feature ended with ${ends.get(second).code}`)
      await scene.holdsResult(place, 'feature')
    },
  }
}

export const rows = [
  during('commit', (place) => place.commit('mine.txt', 'mine\n'), {
    stores: ['git', 'redis'],
    after: (scene, place) => scene.holdsResult(place, 'main', { ...made, 'mine.txt': 'mine\n' }),
  }),
  {
    name: 'issue 1: commit and a second conduct in another terminal, at the other HEAD',
    stores: ['git', 'redis'],
    async prove(scene) {
      const place = await scene.open()
      const first = await scene.midRun(place)
      await scene.user(place, () => place.commit('mine.txt', 'mine\n'))
      const second = scene.heard(place.conduct())
      await second.until(/phase 2 .*(executor|waits|known|recorded|reused|adopted)|✖/)
      await place.release()
      const ends = await Promise.all([first, second].map((run) => scene.endOf(run)))
      for (const { code } of ends) scene.expect(code === 0, `a run ended with ${code}`)
      await scene.holdsResult(place, 'main', { ...made, 'mine.txt': 'mine\n' })
      const once = await place.git('log', '--format=%s', 'main', '--', 'mine.txt')
      scene.expect(once === 'Add mine.txt', `the history of mine.txt is ${JSON.stringify(once)}`)
    },
  },
  switched('the first ends first', 'first'),
  switched('the second ends first', 'second'),
  switched('both end together', 'both'),
  {
    name: 'issue 1: a draft of the spec that is not committed',
    async prove(scene) {
      const place = await scene.open()
      const words = session('3', undefined, { 'words/words.txt': 'three\n' }, 1)
      await scene.user(place, async () => {
        await place.commit('.spec/score.yaml', `${await place.read('.spec/score.yaml')}${words}`)
        const phase = '\n### Phase 3: Words\n- Say a number in words\nTest Command: grep -q three words/words.txt\n'
        await place.write('.spec/SPEC.md', `${situationSpec()}${phase}`)
      })
      const draft = await place.read('.spec/SPEC.md')
      await scene.conducts(place)
      await scene.holdsResult(place, 'main', { ...made, 'words/words.txt': 'three\n' })
      scene.expect((await place.read('.spec/SPEC.md')) === draft, "the user's draft changed")
      const history = await place.git('log', '--format=%h', 'main', '--', '.spec/SPEC.md')
      scene.expect(history.split('\n').length === 1, "the draft entered main's history")
    },
  },
  during('switch to another branch', ({ git }) => git('switch', '--quiet', 'elsewhere'), {
    anyEnd: true,
    movable: ['refs/heads/main'],
    async after(scene, place, ended) {
      await scene.lacksResult(place, 'elsewhere')
      if (ended.code === 0) await scene.tookOrTold(place, ended)
      await scene.user(place, async () => {
        await place.git('switch', '--quiet', 'main')
      })
      await nextOneEnds(scene, place)
      await nobodyTwice(scene, place)
    },
  }),
  during('rename the branch', ({ git }) => git('branch', '-m', 'main', 'trunk'), {
    anyEnd: true,
    movable: ['refs/heads/trunk'],
    async after(scene, place, ended) {
      if (ended.code === 0) await scene.tookOrTold(place, ended, 'trunk')
      await nextOneEnds(scene, place, 'trunk')
      scene.expect((await place.git('branch', '--list', 'main')) === '', 'main is there again')
      await nobodyTwice(scene, place)
    },
  }),
  during(
    'delete the branch',
    async ({ git }) => {
      await git('switch', '--quiet', 'elsewhere')
      await git('branch', '--quiet', '-D', 'main')
    },
    {
      anyEnd: true,
      movable: ['refs/heads/elsewhere'],
      async after(scene, place, ended) {
        scene.expect((await place.git('branch', '--list', 'main')) === '', 'main is there again')
        if (ended.code === 0) await scene.tookOrTold(place, ended, 'elsewhere')
        await nextOneEnds(scene, place, 'elsewhere')
        await nobodyTwice(scene, place)
      },
    },
  ),
  during('switch to a branch without the spec', ({ git }) => git('switch', '--quiet', 'empty'), {
    open: {
      own: false,
      async prepare(place) {
        await place.git('switch', '--quiet', '--orphan', 'empty')
        await place.commit('empty.txt', 'nothing else\n')
        await place.git('switch', '--quiet', 'main')
      },
    },
    anyEnd: true,
    movable: ['refs/heads/main'],
    async after(scene, place, ended) {
      if (ended.code === 0) await scene.tookOrTold(place, ended)
      await scene.refuses(place.conduct(), /SPEC\.md/)
      await scene.user(place, () => place.git('switch', '--quiet', 'main'))
      await nextOneEnds(scene, place)
      await nobodyTwice(scene, place)
    },
  }),
  during('stash', async ({ git }) => {
    await git('stash', 'push', '--quiet', '--include-untracked')
  }),
  during('stash pop', async ({ git }) => {
    await git('checkout', '--quiet', 'HEAD', '--', 'plans.txt')
    await git('stash', 'pop', '--quiet')
  }),
  during('reset --hard to HEAD', async ({ git }) => {
    await git('reset', '--quiet', '--hard')
  }),
  dropped('issue 3: reset --hard HEAD~1', ({ git }) => git('reset', '--quiet', '--hard', 'HEAD~1')),
  dropped('issue 3: commit --amend', async ({ git, write }) => {
    await write('secret.txt', 'no password\n')
    await git('commit', '--quiet', '--amend', '--message', 'Nothing secret', '--', 'secret.txt')
  }),
]
