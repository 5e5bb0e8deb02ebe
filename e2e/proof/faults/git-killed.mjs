import { spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustHave, Skipped } from '../stage.mjs'

const both = ['git', 'redis']
/** Where a git process changes something, and where it ends. */
const changing = 'rename,renameat,renameat2,link,linkat,unlink,unlinkat,exit_group'

/** Folder with a `git` in front of the real one, of which the `victim`th call is traced with `inject`. */
async function traced(stage, victim, trace, inject) {
  mustHave('strace', 'strace')
  const { status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  if (status !== 0) throw new Skipped(`strace may not trace here: ${stderr}`)
  const real = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim()
  const folder = join(stage.folder, 'bin')
  await mkdir(folder, { recursive: true })
  const count = join(folder, 'count')
  const shim = `#!/bin/sh
exec 9>>"${count}.lock"
flock 9
calls=$(($(cat "${count}" 2>/dev/null || echo 0) + 1))
echo $calls > "${count}"
exec 9>&-
if [ $calls -eq ${victim} ]; then
  exec strace -f -qq -o "${folder}/trace" -e trace=${trace} -e inject=${inject} "${real}" "$@"
fi
exec "${real}" "$@"
`
  await writeFile(join(folder, 'git'), shim)
  await chmod(join(folder, 'git'), 0o755)
  return { PATH: `${folder}:${process.env.PATH}` }
}

/** Calls spread over a run, which makes about 350. */
const victims = [7, 31, 58, 97, 133, 171, 209, 247, 285, 323]

export const rows = [
  ...victims.map((victim) => ({
    name: `kill -9 inside git, call ${victim}, at its first change`,
    stores: both,
    async prove(stage) {
      await stage.open()
      const env = await traced(stage, victim, changing, `${changing}:signal=KILL:when=1`)
      const run = stage.run({ env })
      await stage.endOf(run)
      await stage.holdsAnytime()
      await stage.resumes()
      await stage.holds()
    },
  })),
  {
    name: 'kill -9 of every git at its first rename, ten calls in a row',
    stores: ['git'],
    async prove(stage) {
      await stage.open()
      for (let victim = 40; victim < 340; victim += 30) {
        const env = await traced(stage, victim, 'rename,link,linkat', 'rename,link,linkat:signal=KILL:when=1')
        const run = stage.run({ env })
        await stage.endOf(run)
        await stage.holdsAnytime()
      }
      await stage.resumes()
      await stage.holds()
    },
  },
]
