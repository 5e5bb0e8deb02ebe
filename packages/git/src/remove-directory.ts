import { execFile } from 'node:child_process'
import { chmod, lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const start = promisify(execFile)

/** Removes a directory with all that is in it, following no link, also where folders were made read-only or nested beyond what a path may name. */
export async function removeDirectory(path: string, isLast = false): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENAMETOOLONG' && !isLast) return removeLargeDirectory(path)
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    await openFolders(path)
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The same for a directory of many files: the system's own program is several times as fast, and goes down by folder, not by path. */
export async function removeLargeDirectory(path: string): Promise<void> {
  // What it could not remove is removed, or reported, below.
  await start('rm', ['-rf', '--', path]).catch(() => undefined)
  const isGone = await lstat(path).then(
    () => false,
    () => true,
  )
  if (!isGone) await removeDirectory(path, true)
}

async function openFolders(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return
  await chmod(path, 0o700)
  for await (const entry of await opendir(path)) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}
