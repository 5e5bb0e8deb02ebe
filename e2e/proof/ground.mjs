import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder for everything a proof makes; `remove` when it is over. In memory where there is such a place: what a kill
 * leaves does not depend on the disk, and a run spends half its time waiting for one.
 */
export async function makeGround(name) {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = await realpath(await mkdtemp(join(parent, `conduct-proof-${name}-`)))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
