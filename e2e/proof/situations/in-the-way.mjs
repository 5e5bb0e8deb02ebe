import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printedCommand } from './words.mjs'

/** Something of the user's where the result has a file. */

const theirs = 'only the user has this\n'
const takes =
  /^git merge .*--ff-only.*--no-overwrite-ignore.* refs\/heads\/conduct\/spec$|^git merge .*--no-overwrite-ignore.*--ff-only.* refs\/heads\/conduct\/spec$/

/** The user puts it there in mid-run; it stays, and the printed command takes the result once it is out of the way. */
function inTheWay(name, put, { isStaged = false } = {}) {
  return {
    name,
    stores: ['git'],
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      await scene.user(place, () => put(place, scene))
      const ended = await scene.goOn(place, run, {})
      await scene.intact(place)
      await scene.lacksResult(place)
      scene.says(ended, /base/)
      const command = printedCommand(ended.output, /^git merge/)
      scene.expect(takes.test(command ?? ''), `the printed command is ${command}`)
      await scene.types(place, command)
      await scene.intact(place, 'after the printed command, with it still there: ')
      if (isStaged) await place.git('rm', '--quiet', '--cached', 'base/one.txt')
      await rename(join(place.root, 'base'), join(scene.folder, 'out-of-the-way'))
      await scene.watch(place)
      const { code } = await scene.types(place, command)
      scene.expect(code === 0, 'the printed command failed with nothing in the way')
      await scene.holdsResult(place)
    },
  }
}

export const rows = [
  inTheWay('a file in the way: untracked', (place) => place.write('base/one.txt', theirs)),
  inTheWay('issue 10: a file in the way: ignored', async (place) => {
    await writeFile(join(place.gitDir, 'info/exclude'), 'base/\n')
    await place.write('base/one.txt', theirs)
  }),
  inTheWay(
    'a file in the way: staged',
    async (place) => {
      await place.write('base/one.txt', theirs)
      await place.git('add', 'base/one.txt')
    },
    { isStaged: true },
  ),
  inTheWay('a file in the way: a folder', (place) => place.write('base/one.txt/inner.txt', theirs)),
  inTheWay('a file in the way: a link', async (place, scene) => {
    const outside = join(scene.folder, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'one.txt'), theirs)
    await symlink(outside, join(place.root, 'base'))
  }),
  {
    name: 'issue 10: a tag of the name of the result branch',
    async prove(scene) {
      const place = await scene.open({
        async prepare(place) {
          await place.git('switch', '--quiet', '-c', 'odd')
          await place.commit('tagged.txt', 'tagged\n')
          await place.git('tag', 'conduct/spec')
          await place.git('switch', '--quiet', 'main')
          await place.git('switch', '--quiet', '--detach')
        },
      })
      const ended = await scene.endOf(scene.heard(place.conduct()))
      await scene.intact(place)
      const command = printedCommand(ended.output, /^git merge/)
      scene.expect(takes.test(command ?? ''), `the printed command is ${command}`)
      await scene.types(place, command)
      await scene.holdsResult(place, 'HEAD')
      scene.expect(!place.has('tagged.txt'), 'the tag was merged, not the branch')
      await scene.watch(place)
    },
  },
  {
    name: 'issue 10: the branch moves in mid-run and a changed file is in the way',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      await scene.user(place, async () => {
        await place.commit('mine.txt', 'mine\n')
        await place.write('base/one.txt', theirs)
      })
      const ended = await scene.goOn(place, run, {})
      await scene.intact(place)
      const command = printedCommand(ended.output, /^git merge/)
      scene.expect(takes.test(command ?? ''), `the printed command is ${command}`)
      await rename(join(place.root, 'base'), join(scene.folder, 'out-of-the-way'))
      await scene.watch(place)
      const { code } = await scene.types(place, command)
      scene.expect(code === 0, 'the printed command failed with nothing in the way')
      await scene.holdsResult(place)
      scene.expect((await place.git('show', 'main:mine.txt')) === 'mine', "the user's commit is not there")
    },
  },
  {
    name: 'the branch moves in mid-run, against the result',
    async prove(scene) {
      const place = await scene.open()
      const run = await scene.midRun(place)
      await scene.user(place, () => place.commit('base/one.txt', 'another one\n'))
      const tip = await place.git('rev-parse', 'main')
      const ended = await scene.goOn(place, run, {})
      await scene.intact(place)
      scene.expect((await place.git('rev-parse', 'main')) === tip, 'main moved')
      const command = printedCommand(ended.output, /^(git merge|npx nx run spec:conduct)/)
      const { code } = await scene.types(place, command)
      if (code !== 0) await place.sh('git merge --abort')
      await scene.intact(place, 'after the printed command: ')
    },
  },
]
