import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..')

/** Compiles the package once, for tests that need it in another process. Gives the path of its entry. */
export function build(): string {
  const out = join(folder, '.report', 'built')
  execFileSync(join(folder, '../../node_modules/.bin/tsc'), ['-p', join(folder, 'tsconfig.json'), '--outDir', out], {
    stdio: 'inherit',
  })
  return join(out, 'index.js')
}
