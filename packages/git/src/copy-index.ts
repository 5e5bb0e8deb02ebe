import { copyFile, stat, utimes } from 'node:fs/promises'

/**
 * Copies an index with its time. git compares that with the times of files, which it knows by the second: of a file that is as young as the index
 * it looks at the contents, because it may have been changed unseen. By a younger copy such a change would be lost.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  // Before the copy: an index that is replaced meanwhile is younger than that.
  const { atime, mtime } = await stat(from)
  await copyFile(from, to)
  await utimes(to, atime, mtime)
}
