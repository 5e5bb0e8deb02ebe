import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AdvanceRequest, Repository } from '../src/index.ts'
import { temporaryDirectory } from './scene.ts'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))
// Inside the package, so that its dependencies resolve; one per test worker.
const built = join(packageRoot, '.report', `built-${process.pid}`)

export interface ActorTask {
  readonly create?: readonly string[]
  readonly advance?: AdvanceRequest
  /** The process dies by SIGKILL when it calls git with this word among the arguments, before or after git has run. */
  readonly kill?: { readonly at: string; readonly when: 'before' | 'after' }
}

/** Compiles the package for {@link spawnActor}. */
export function buildActor(): void {
  const compiler = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
  execFileSync(compiler, ['-p', join(packageRoot, 'tsconfig.json'), '--outDir', built])
}

export { built as actorDirectory }

/** A process of its own that uses this package on `repo`. */
export function spawnActor(repo: Repository, { kill, ...task }: ActorTask, tmp = tmpdir()): ChildProcess {
  const path = process.env['PATH'] ?? ''
  const shims = temporaryDirectory()
  if (kill !== undefined) {
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    const act = kill.when === 'before' ? 'kill -9 $PPID' : `"${real}" "$@"; kill -9 $PPID`
    writeFileSync(
      join(shims, 'git'),
      `#!/bin/sh\nfor word in "$@"; do if [ "$word" = "${kill.at}" ]; then ${act}; exit 1; fi; done\nexec "${real}" "$@"\n`,
    )
    chmodSync(join(shims, 'git'), 0o755)
  }
  const message = JSON.stringify({ built: join(built, 'index.js'), root: repo.root, ...task })
  return spawn(process.execPath, [join(packageRoot, 'test', 'actor.mjs'), message], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, so that a test can kill it together with the git it runs.
    detached: true,
    env: { ...process.env, PATH: `${shims}${delimiter}${path}`, TMPDIR: tmp },
  })
}
