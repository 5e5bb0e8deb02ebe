import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GitError, isAlive, ownedName, ownerInName, processIdentity } from './process/index.ts'

const PREFIX = 'nx-conduct-git-'

/** Makes a temporary folder whose name says whose it is. {@link clearDeadScratch} removes those of killed processes. */
export async function scratchFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), ownedName(PREFIX, processIdentity())))
  } catch (cause) {
    throw new GitError(
      `No temporary folder can be made in ${tmpdir()}: ${cause instanceof Error ? cause.message : cause}`,
      {
        hint: 'Set TMPDIR to a folder that exists and can be written, then run the same command again.',
        cause,
      },
    )
  }
}

/** Removes the scratches of killed processes. */
export async function clearDeadScratch(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const owner = ownerInName(PREFIX, name)
    if (owner === undefined || isAlive(owner)) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}
