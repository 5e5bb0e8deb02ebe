import { readlink } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { lstatIfThere } from './worktree-registry.ts'

/** Linux gives up after as many links. */
const MOST_LINKS = 40

/** Whether a link's own text leads out of the tree, other links left aside. */
export function textEscapes(path: string, target: string): boolean {
  if (isAbsolute(target)) return true
  let depth = path.split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

/**
 * Whether the link at `path` below `top` leads out of `top` or into its git metadata when a program follows it, through whatever other links. Reads
 * links and looks at entries; never looks at anything outside `top`.
 */
export async function linkEscapes(top: string, path: string): Promise<boolean> {
  const rest = path.split('/').reverse()
  const at: string[] = []
  for (let links = 0; rest.length > 0; ) {
    const part = rest.pop()
    if (part === undefined || part === '' || part === '.') continue
    if (part === '..') {
      if (at.pop() === undefined) return true
      continue
    }
    at.push(part)
    if (at.length === 1 && part.toLowerCase() === '.git') return true
    const here = join(top, ...at)
    if (!(await lstatIfThere(here))?.isSymbolicLink()) continue
    links += 1
    if (links > MOST_LINKS) return false
    const target = await readlink(here)
    if (isAbsolute(target)) return true
    at.pop()
    rest.push(...target.split('/').reverse())
  }
  return false
}
