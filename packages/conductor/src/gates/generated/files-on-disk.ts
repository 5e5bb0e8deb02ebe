import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import picomatch from 'picomatch'

/** What the globs and the folders that they name match, by path from the folder: a digest of what each file is. */
export type FilesOnDisk = ReadonlyMap<string, string>

/**
 * Reads the files of a folder that the globs match, ignored ones included. Links are read as links and never followed; `.git` and what is
 * `left` out (paths from the folder, without a slash at the end) are not entered.
 */
export async function readFilesOnDisk(
  folder: string,
  globs: readonly string[],
  left: ReadonlySet<string>,
): Promise<FilesOnDisk> {
  const isMatch = matcher(globs)
  const bases = globs.map((glob) => {
    const { base, isGlob } = picomatch.scan(glob)
    return isGlob ? base : glob
  })
  const mayHold = (path: string) =>
    bases.some((base) => base === '' || base === path || path.startsWith(`${base}/`) || base.startsWith(`${path}/`))
  const found = new Map<string, string>()
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of await entriesOf(join(folder, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.name === '.git' || left.has(path)) continue
      if (entry.isDirectory()) {
        if (mayHold(path)) waiting.push(path)
      } else if (isMatch(path)) found.set(path, await digestOfEntry(join(folder, path), entry))
    }
  }
  return found
}

/** Whether a path is what one of the globs says, or in a folder that one of them names. */
export function matcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = picomatch(
    globs.flatMap((glob) => [glob, `${glob}/**`]),
    { dot: true },
  )
  // A name may look like a glob: `[id].tsx`.
  return (path) => globs.includes(path) || patterns(path)
}

/** None where the folder cannot be opened: what was in it counts as gone. */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'ENOENT') return []
    throw error
  })
}

async function digestOfEntry(path: string, entry: Dirent): Promise<string> {
  if (entry.isSymbolicLink()) return `link ${await readlink(path)}`
  if (!entry.isFile()) return 'no file'
  const isExecutable = ((await lstat(path)).mode & 0o111) !== 0
  const digest = await contentDigest(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES' || error.code === 'EPERM') return 'unreadable'
    throw error
  })
  return `${isExecutable ? 'program' : 'file'} ${digest}`
}

async function contentDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
