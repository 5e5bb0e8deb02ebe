import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatBytes } from '../views/text/figures.ts'

/** With less, what is written may be cut off. */
const nearlyNothing = 64 * 1024

/** Bytes that may still be written into a folder, which the first step that needs it makes. */
export async function freeBytes(folder: string): Promise<number> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize, files, ffree } = await statfs(at)
      // Some file systems do not count inodes.
      return files > 0 && ffree === 0 ? 0 : bavail * bsize
    } catch (error) {
      if (dirname(at) === at || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** What a person does where a disk is full. */
export const makeRoom = 'Free some space, or set NX_CONDUCT_HOME to a folder on another disk'

/** Whether the disk of a folder is full, in words; undefined where it is not. */
export async function fullDisk(folder: string): Promise<string | undefined> {
  const free = await freeBytes(folder)
  return free < nearlyNothing ? `the disk is full (ENOSPC): ${formatBytes(free)} are free in ${folder}` : undefined
}
