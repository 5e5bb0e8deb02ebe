import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { isGitName } from './worktree-health.ts'

export interface Walked {
  /** Entries below the top that git, here or on another file system, would take for a repository. */
  readonly nested: readonly string[]
  readonly links: readonly string[]
  /** Folders that could not be opened. */
  readonly closed: readonly string[]
}

/** Lists what a worktree holds that git must not be let near unseen. Opens folders only; follows no link. */
export async function walk(top: string): Promise<Walked> {
  const nested: string[] = []
  const links: string[] = []
  const closed: string[] = []
  // File names are bytes; latin1 keeps each as one character, so that any name leads back to its file.
  const root = Buffer.from(top).toString('latin1')
  let level = ['']
  while (level.length > 0) {
    const next: string[] = []
    for (let at = 0; at < level.length; at += 32) {
      const batch = level.slice(at, at + 32)
      const listed = await Promise.all(batch.map((folder) => entries(`${root}/${folder}`)))
      for (const [n, found] of listed.entries()) {
        const folder = batch[n] ?? ''
        if (found === undefined) closed.push(named(folder))
        for (const entry of found ?? []) {
          const raw = entry.name.toString('latin1')
          if (folder === '' && raw === '.git') continue
          const path = `${folder}${raw}`
          if (isGitName(entry.name.toString('utf8'))) nested.push(named(path))
          else if (entry.isSymbolicLink()) links.push(named(path))
          else if (entry.isDirectory()) next.push(`${path}/`)
        }
      }
    }
    level = next
  }
  return { nested, links, closed }
}

async function entries(folder: string): Promise<Dirent<Buffer>[] | undefined> {
  try {
    return await readdir(Buffer.from(folder, 'latin1'), { withFileTypes: true, encoding: 'buffer' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENAMETOOLONG') return undefined
    throw error
  }
}

function named(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}
