import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import type { EntryKind, KnownFiles } from './checkout/known-files.ts'
import { bytesOf, utf8 } from './objects/tree-diff.ts'
import { isGitName } from './worktree-health.ts'

export interface Walked {
  /** Entries below the top that git, here or on another file system, would take for a repository. */
  readonly nested: readonly string[]
  readonly links: readonly string[]
  /** Folders that could not be opened. */
  readonly closed: readonly string[]
  /** Pipes, sockets and devices. */
  readonly special: readonly string[]
  /** Files that git reads for its rules: `.gitignore`, `.gitattributes`. */
  readonly rules: readonly LargeFile[]
  /** Files, of those that may be new, that are larger than asked for. */
  readonly large: readonly LargeFile[]
  /** Whether there was more than is looked at. */
  readonly isCutOff: boolean
}

export interface LargeFile {
  readonly path: string
  readonly bytes: number
}

export interface WalkOptions {
  readonly known?: KnownFiles
  /** Entries that are read at most; folders that are known not to have changed do not count. */
  readonly mostEntries: number
  readonly largerThanBytes: number
  /** Which of these folders nothing hides: what is hidden is not gone through. */
  readonly open?: (folders: readonly string[]) => Promise<readonly string[]>
}

interface Entry {
  /** Bytes, one character each. */
  readonly name: string
  readonly kind: EntryKind
}

const ruleNames = new Set(['.gitignore', '.gitattributes'])
/** git holds such a file in memory. */
export const largestRulesBytes = 1024 * 1024

/** Whether git reads its rules from a file of this path. */
export function isRules(path: string): boolean {
  return ruleNames.has(path.slice(path.lastIndexOf('/') + 1))
}

/**
 * Lists what a worktree holds that git must not be let near unseen. Opens folders only, and follows no link. File names are
 * bytes; latin1 keeps each as one character, so that any name leads back to its file.
 */
export async function walk(top: string, { known, mostEntries, largerThanBytes, open }: WalkOptions): Promise<Walked> {
  const found = { nested: [] as string[], links: [] as string[], closed: [] as string[], special: [] as string[] }
  const rules: LargeFile[] = []
  const large: LargeFile[] = []
  const root = Buffer.from(top).toString('latin1')
  const bytesIn = (path: string): Promise<number> =>
    lstat(Buffer.from(`${root}/${path}`, 'latin1')).then(
      ({ size }) => size,
      () => 0,
    )
  let left = mostEntries
  let level = ['']
  while (level.length > 0 && left > 0) {
    const next: string[] = []
    for (let at = 0; at < level.length && left > 0; at += 32) {
      const batch = level.slice(at, at + 32)
      const listed = await Promise.all(
        batch.map(async (folder) => {
          const unchanged = known?.unchanged(folder)
          return unchanged === undefined
            ? { isNew: true, entries: await entriesIn(`${root}/${folder}`) }
            : { isNew: false, entries: [...unchanged].map(([name, kind]) => ({ name, kind })) }
        }),
      )
      for (const [n, { isNew, entries }] of listed.entries()) {
        const folder = batch[n] ?? ''
        if (entries === undefined) found.closed.push(utf8(folder))
        if (isNew) left -= entries?.length ?? 0
        for (const { name, kind } of entries ?? []) {
          if (folder === '' && name === '.git') continue
          const path = `${folder}${name}`
          if (isNew && isGitName(utf8(name))) found.nested.push(utf8(path))
          else if (kind === 'link') found.links.push(utf8(path))
          else if (kind === 'folder') next.push(`${path}/`)
          else if (kind === 'special') found.special.push(utf8(path))
          else if (ruleNames.has(name)) rules.push({ path: utf8(path), bytes: await bytesIn(path) })
          else if (isNew && left > 0) {
            const bytes = await bytesIn(path)
            if (bytes > largerThanBytes) large.push({ path: utf8(path), bytes })
          }
        }
      }
    }
    const isHalting = found.special.some(isRules) || rules.some(({ bytes }) => bytes > largestRulesBytes)
    // git must not be let near rules that it would wait for.
    level = isHalting ? [] : open === undefined ? next : (await open(next.map(utf8))).map(bytesOf)
  }
  return { ...found, rules, large, isCutOff: left <= 0 }
}

/** Undefined when the folder cannot be opened. */
async function entriesIn(folder: string): Promise<readonly Entry[] | undefined> {
  try {
    const entries = await readdir(Buffer.from(folder, 'latin1'), { withFileTypes: true, encoding: 'buffer' })
    return entries.map((entry) => ({ name: entry.name.toString('latin1'), kind: kindOf(entry) }))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENAMETOOLONG') return undefined
    throw error
  }
}

function kindOf(entry: Dirent<Buffer>): EntryKind {
  if (entry.isDirectory()) return 'folder'
  if (entry.isSymbolicLink()) return 'link'
  return entry.isFile() ? 'file' : 'special'
}

/** Files of rules in a worktree that git would wait for, or hold in memory by the gigabyte. */
export async function unfitRules(top: string): Promise<readonly string[]> {
  return unfitRulesIn(
    await walk(top, { mostEntries: Number.POSITIVE_INFINITY, largerThanBytes: Number.POSITIVE_INFINITY }),
  )
}

export function unfitRulesIn({ special, rules }: Pick<Walked, 'special' | 'rules'>): readonly string[] {
  return [...special.filter(isRules), ...rules.filter(({ bytes }) => bytes > largestRulesBytes).map(({ path }) => path)]
}
