import { spawnSync } from 'node:child_process'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustBeRoot, Skipped } from '../stage.mjs'
import { mounted } from './disks.mjs'
import { commitAll } from './place.mjs'
import { printedCommand } from './words.mjs'

/** What repositories hold and how they are set, each as teams have it. */

/** The usual workspace, changed before the run, which then works. */
function works(name, prepare, { open = {}, after = async () => {} } = {}) {
  return {
    name,
    async prove(scene) {
      const place = await scene.open({ ...open, prepare: (made) => prepare(made, scene) })
      await scene.conducts(place)
      await scene.holdsResult(place)
      await after(scene, place)
    },
  }
}

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

/** A folder in which nobody may write, root included. */
async function sealedFolder(scene) {
  const folder = await mounted(scene, 'sealed')
  spawnSync('mount', ['-o', 'remount,ro', folder])
  return folder
}

async function hook({ gitDir }, name, body = 'exit 1') {
  await mkdir(join(gitDir, 'hooks'), { recursive: true })
  await writeFile(join(gitDir, 'hooks', name), `#!/bin/sh\n${body}\n`)
  await chmod(join(gitDir, 'hooks', name), 0o755)
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
    name: 'LFS filter that is required, without git-lfs',
    async prove(scene) {
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`
      const place = await scene.open({
        own: false,
        async prepare(place) {
          await place.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n')
          await place.write('data.bin', pointer)
          await commitAll(place, 'Large file')
          for (const [key, value] of Object.entries({
            'filter.lfs.clean': 'no-such-git-lfs clean -- %f',
            'filter.lfs.smudge': 'no-such-git-lfs smudge -- %f',
            'filter.lfs.process': 'no-such-git-lfs filter-process',
            'filter.lfs.required': 'true',
          })) {
            await place.git('config', key, value)
          }
        },
      })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else {
        scene.says({ output }, /lfs/)
        scene.expect((await place.sessions()).length === 0, 'agents were run before it was refused')
      }
    },
  },
  works('commits and tags are to be signed, and no key is there', async ({ git }) => {
    for (const key of ['commit.gpgsign', 'tag.gpgsign', 'push.gpgsign']) await git('config', key, 'true')
    await git('config', 'gpg.program', '/bin/false')
  }),
  works('autocrlf', ({ git }) => git('config', 'core.autocrlf', 'true'), {
    after: async (scene, place) => {
      const raw = await place.git('cat-file', 'blob', 'main:base/one.txt')
      scene.expect(!raw.includes('\r'), 'the result has CRLF in its blobs')
    },
  }),
  works(
    'CRLF blobs under text rules',
    async (place) => {
      await place.write('notes.md', 'one\r\ntwo\r\n')
      await place.git('add', 'notes.md')
      await place.git('commit', '--quiet', '--message', 'CRLF', '--', 'notes.md')
      await place.write('.gitattributes', '* text=auto\n')
      await place.git('add', '.gitattributes')
      await place.git('commit', '--quiet', '--message', 'Rules', '--', '.gitattributes')
    },
    {
      after: async (scene, place) => {
        scene.expect(/\r\n/.test(await place.git('cat-file', 'blob', 'main:notes.md')), 'the CRLF file lost its CR')
      },
    },
  ),
  works('hooks of the user that fail', async (place) => {
    for (const name of ['pre-commit', 'commit-msg', 'post-checkout', 'post-merge', 'pre-merge-commit', 'post-commit']) {
      await hook(place, name, `echo hook-ran >> '${place.control}/hooks'; exit 1`)
    }
  }),
  {
    name: 'hook of the user that refuses every ref',
    async prove(scene) {
      const place = await scene.open({ prepare: (place) => hook(place, 'reference-transaction', 'exit 1') })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else scene.says({ output }, /hook/)
    },
  },
  {
    name: 'repository of another owner: refused, and the printed command trusts it',
    async prove(scene) {
      mustBeRoot('give a repository to another owner')
      const place = await scene.open({ prepare: (place) => place.sh(`chown -R 12345:12345 '${place.root}'`) })
      const { output } = await scene.refuses(place.conduct(), /safe\.directory/)
      await scene
        .user(place, () => scene.types(place, printedCommand(output, /^git config/)), {
          movable: ['refs/heads/main'],
        })
        .catch((error) => scene.problems.push(String(error)))
      await scene.watch(place, { movable: ['refs/heads/main'] })
      await scene.conducts(place)
      await scene.holdsResult(place)
    },
  },
  {
    name: 'HOME that cannot be written',
    async prove(scene) {
      const sealed = await sealedFolder(scene)
      const place = await scene.open({ env: { HOME: sealed, XDG_CACHE_HOME: undefined, NX_CONDUCT_HOME: undefined } })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else {
        scene.says({ output }, /NX_CONDUCT_HOME|HOME|XDG_CACHE_HOME/)
        scene.expect((await place.sessions()).length === 0, 'agents were run before it was refused')
      }
    },
  },
  works('HOME that is not set', async () => {}, {
    open: { env: { HOME: undefined } },
  }),
  {
    name: 'TMPDIR that does not exist',
    async prove(scene) {
      const place = await scene.open({ env: { TMPDIR: '/nowhere/at/all' } })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else scene.says({ output }, /TMPDIR|\/nowhere\/at\/all/)
    },
  },
  {
    name: 'TMPDIR that is tiny',
    async prove(scene) {
      const tiny = await mounted(scene, 'tiny', ['-o', 'size=16k'])
      const place = await scene.open({ env: { TMPDIR: tiny } })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      if (code === 0) await scene.holdsResult(place)
      else scene.says({ output }, /space|ENOSPC|TMPDIR/)
    },
  },
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
    name: 'no identity',
    async prove(scene) {
      const place = await scene.open({
        async prepare({ git }) {
          await git('config', '--unset', 'user.name')
          await git('config', '--unset', 'user.email')
          await git('config', 'user.useConfigOnly', 'true')
        },
      })
      await scene.conducts(place)
      await scene.holdsResult(place)
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
  {
    name: "excludes of the user's that hide agents' files",
    async prove(scene) {
      const place = await scene.open({
        async prepare(place) {
          await writeFile(join(place.gitDir, 'info/exclude'), 'base\nadd/\n')
          await writeFile(join(place.person, 'ignore'), 'twice\n*.txt\n')
          await place.git('config', 'core.excludesFile', join(place.person, 'ignore'))
        },
      })
      const { code, output } = await scene.endOf(scene.heard(place.conduct()))
      scene.mayLeave(/-failed-/)
      if (code === 0) await scene.holdsResult(place)
      else scene.says({ output }, /ignore|exclude/i)
    },
  },
  works(
    'a sparse checkout',
    async (place) => {
      await place.git('sparse-checkout', 'set', '.spec')
    },
    { open: { own: false } },
  ),
  works('workspace reached by a link', async (place, scene) => {
    const link = join(scene.folder, 'link')
    await symlink(place.root, link)
  }),
]
