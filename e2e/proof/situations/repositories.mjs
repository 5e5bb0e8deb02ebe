import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Skipped } from '../stage.mjs'
import { commitAll } from './place.mjs'
import { printedCommand } from './words.mjs'
import { works } from './works.mjs'

/** What repositories hold. */

/** Formats of repositories that this git may not know. */
function format(name, init) {
  return {
    name,
    async prove(scene) {
      const probe = spawnSync('git', ['init', ...init, join(scene.folder, 'probe')], { encoding: 'utf8' })
      if (probe.status !== 0) throw new Skipped(`this git cannot: ${probe.stderr.trim().split('\n')[0]}`)
      const place = await scene.open({ init })
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  }
}

/** A repository of its own as a submodule at `lib`. */
async function addSubmodule(place, scene) {
  const source = join(scene.folder, 'library')
  await place.sh(
    `git init -q -b main ${source} && cd ${source} && git config user.name A && git config user.email a@b && echo lib > lib.txt && git add . && git commit -qm Lib`,
  )
  await place.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source, 'lib')
  await place.git('commit', '--quiet', '--message', 'Use a library')
}

async function refs(place, count) {
  const head = await place.git('rev-parse', 'HEAD')
  const lines = Array.from({ length: count }, (_, at) => `create refs/heads/many/${at % 100}/b${at} ${head}`).join('\n')
  await writeFile(join(place.folder, 'refs'), `${lines}\n`)
  await place.sh(`git update-ref --stdin < '${join(place.folder, 'refs')}'`)
}

export const rows = [
  format('sha256 repository', ['--object-format=sha256']),
  format('reftable repository', ['--ref-format=reftable']),
  {
    name: 'submodule with changes in it',
    async prove(scene) {
      const place = await scene.open({
        own: false,
        async prepare(place) {
          await addSubmodule(place, scene)
          await place.write('lib/lib.txt', 'changed by the user\n')
          await place.write('lib/new.txt', 'new\n')
        },
      })
      await scene.conducts(place)
      await scene.holdsResult(place)
      scene.expect((await place.git('status', '--porcelain')) === ' M lib', "the submodule's state is not as it was")
    },
  },
  works(
    'submodule that is not initialised',
    async (place, scene) => {
      await addSubmodule(place, scene)
      await place.git('submodule', '--quiet', 'deinit', '--force', 'lib')
      await rm(join(place.gitDir, 'modules'), { recursive: true })
    },
    { open: { own: false } },
  ),
  {
    name: 'two specs of one workspace at once',
    async prove(scene) {
      const place = await scene.open({ own: false })
      const other = (await place.read('.spec/SPEC.md'))
        .replace('name: spec', 'name: x-spec')
        .replaceAll('base/one.txt', 'x/base/one.txt')
        .replaceAll(/\b(add|twice)\//g, 'x/$1/')
        .replace('rehearsal: .spec/score.yaml', 'rehearsal: libs/x/.spec/score.yaml')
      const score = (await place.read('.spec/score.yaml')).replaceAll(/path: (base|add|twice)\//g, 'path: x/$1/')
      await scene.user(place, async () => {
        await place.write('libs/x/.spec/score.yaml', score)
        await place.commit('libs/x/.spec/SPEC.md', other)
        await commitAll(place, 'Score of x')
      })
      const runs = [place.conduct(), place.conduct({ specFile: 'libs/x/.spec/SPEC.md' })].map((run) => scene.heard(run))
      const ends = await Promise.all(runs.map((run) => scene.endOf(run)))
      for (const { code } of ends) scene.expect(code === 0, `one of the runs ended with ${code}`)
      await scene.tookOrTold(place, ends[0])
      const files = { 'x/base/one.txt': 'one\n', 'x/add/add.txt': 'a + b\n', 'x/twice/twice.txt': 'a * 2\n' }
      const lacking = await scene.lacks(place, 'main', files)
      if (lacking.length > 0) scene.says(ends[1], /git merge/)
    },
  },
  {
    name: 'detached HEAD: the result is on a branch, and the printed command takes it',
    async prove(scene) {
      const place = await scene.open({ prepare: ({ git }) => git('switch', '--quiet', '--detach') })
      const { output } = await scene.endOf(scene.heard(place.conduct()))
      const command = printedCommand(output, /^git merge/)
      await scene.intact(place)
      await scene.lacksResult(place, 'HEAD')
      const { code } = await scene.types(place, command)
      scene.expect(code === 0, 'the printed command failed')
      await scene.holdsResult(place, 'HEAD')
      await scene.lacksResult(place, 'main')
      await scene.watch(place)
    },
  },
  {
    name: 'issue 10: a branch named conduct, and the branch for the result gets another name',
    async prove(scene) {
      const place = await scene.open({
        async prepare(place) {
          await place.git('branch', 'conduct')
          await place.git('switch', '--quiet', '--detach')
        },
      })
      const { output, code } = await scene.endOf(scene.heard(place.conduct()))
      const command = printedCommand(output, /^git merge/)
      scene.expect(command !== undefined, `it ended with ${code}, and no branch and command were printed`)
      await scene.intact(place)
      const merged = await scene.types(place, command)
      scene.expect(merged.code === 0, 'the printed command failed')
      await scene.holdsResult(place, 'HEAD')
      await scene.watch(place)
    },
  },
  works('a branch named conduct, and the branch can be moved', ({ git }) => git('branch', 'conduct')),
  works(
    'names that differ by case',
    async (place) => {
      await place.commit('Base/One.txt', 'theirs\n')
      await place.commit('ADD/Add.txt', 'theirs\n')
      await place.git('branch', 'Main')
      await place.git('branch', 'MAIN')
    },
    {
      async after(scene, place) {
        scene.expect((await place.git('show', 'main:Base/One.txt')) === 'theirs', 'Base/One.txt changed')
      },
    },
  ),
  works('10 000 refs', (place) => refs(place, 10_000)),
  works(
    '20 000 files',
    async (place) => {
      const script = `mkdir -p many && cd many && for i in $(seq 1 200); do mkdir d$i && for j in $(seq 1 100); do echo $i $j > d$i/f$j; done; done`
      await place.sh(script)
      await commitAll(place, 'Many')
    },
    { open: { own: false, config: { 'gc.autoDetach': 'false' } } },
  ),
]
