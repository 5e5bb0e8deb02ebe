import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustHave, Skipped } from './stage.mjs'

/**
 * Environment with a `git` in front of the real one: a call for which the shell condition holds (`$calls`: its number,
 * `$*`: its arguments) is traced, and what `inject` says happens to its system calls.
 */
export async function tracedGit(stage, condition, trace, inject) {
  mustHave('strace', 'strace')
  const { status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  if (status !== 0) throw new Skipped(`strace may not trace here: ${stderr}`)
  const real = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim()
  const folder = join(stage.folder, 'bin')
  await mkdir(folder, { recursive: true })
  const count = join(folder, 'count')
  await writeFile(count, '0\n')
  const shim = `#!/bin/sh
exec 9>>"${count}.lock"
flock 9
calls=$(($(cat "${count}" 2>/dev/null || echo 0) + 1))
echo $calls > "${count}"
exec 9>&-
if ${condition}; then
  exec strace -A -f -q -o "${folder}/trace" -e trace=${trace} -e inject=${inject} "${real}" "$@"
fi
exec "${real}" "$@"
`
  await writeFile(join(folder, 'git'), shim)
  await chmod(join(folder, 'git'), 0o755)
  return { PATH: `${folder}:${process.env.PATH}` }
}

/** The fault came over a call of git; a row in which it did not shows nothing. */
export async function mustHaveStruck(stage) {
  const trace = await readFile(join(stage.folder, 'bin', 'trace'), 'utf8').catch(() => '')
  stage.expect(/INJECTED|killed by SIGKILL/.test(trace), 'the fault never came over a call of git')
}
