import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** The folder of the checkout in which somebody's work is: `2-add` for module add of phase 2. Undefined when there is none. */
export async function checkoutOf(home, label) {
  const files = await readdir(home, { recursive: true }).catch(() => [])
  for (const file of files.filter((path) => path.endsWith('.state/label'))) {
    const text = await readFile(join(home, file), 'utf8').catch(() => '')
    if (text === label) return join(home, file.slice(0, -'.state/label'.length))
  }
  return undefined
}

/** Its index, where git has it. */
export async function indexOf({ gitDir, home }, label) {
  const checkout = await checkoutOf(home, label)
  if (checkout === undefined) throw new Error(`nobody called ${label} has a checkout`)
  return join(gitDir, 'worktrees', basename(checkout), 'index')
}
