import { spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustBeRoot } from '../stage.mjs'
import { mounted } from './disks.mjs'
import { commitAll } from './place.mjs'
import { printedCommand } from './words.mjs'
import { works } from './works.mjs'

/** How repositories, accounts and machines are set, each as teams have it. */

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

export const rows = [
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
]
