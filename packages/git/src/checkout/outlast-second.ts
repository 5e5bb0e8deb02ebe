import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/**
 * Waits until the second in which git wrote an index is over, and gives the index a time after it. git tells times by the second: of
 * files that are as young as the index it cannot know whether they were changed afterwards, and compares their contents each time
 * it is asked. To be called before anything else can write to the files. The clock is the file system's.
 */
export async function outlastSecond(indexFile: string): Promise<void> {
  const probe = `${indexFile}.time`
  const written = secondOf(await stat(indexFile))
  try {
    for (;;) {
      await writeFile(probe, '')
      const { atime, mtime } = await stat(probe)
      const nowMs = mtime.getTime()
      if (secondOf({ mtime }) > written) return await utimes(indexFile, atime, mtime)
      // A clock that was set back is not waited for.
      if (secondOf({ mtime }) < written) return
      await setTimeout(1_000 - (nowMs % 1_000) + 1)
    }
  } finally {
    await rm(probe, { force: true })
  }
}

const secondOf = ({ mtime }: { readonly mtime: Date }): number => Math.floor(mtime.getTime() / 1_000)
