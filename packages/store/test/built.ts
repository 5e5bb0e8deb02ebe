import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..')
const git = join(folder, '../git')

/** Compiles the package and what it imports once, for tests that need it in another process. Returns the path of its entry. */
export function build(): string {
  const out = join(folder, '.report', `built-${process.pid}`)
  const imported = join(out, 'node_modules', '@nx-conduct', 'git')
  compile(folder, out)
  compile(git, join(imported, 'dist'))
  cpSync(join(git, 'package.json'), join(imported, 'package.json'))
  return join(out, 'index.js')
}

/** File by file: types are checked elsewhere, and the packages it imports need not be built. */
function compile(from: string, to: string): void {
  const compiler = join(folder, '../../node_modules/.bin/tsc')
  execFileSync(
    compiler,
    [
      '-p',
      join(from, 'tsconfig.json'),
      '--outDir',
      to,
      '--noCheck',
      '--noResolve',
      '--declaration',
      'false',
      '--declarationMap',
      'false',
    ],
    {
      stdio: 'inherit',
    },
  )
}
