import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from '../contract.ts'
import { registrations } from '../worktree-registry.ts'
import { valueIn } from './changed-refs.ts'
import type { RefsRead } from './ref-reader.ts'

/** Where the checkouts of the user are: the main one and every linked one that is not ours. */
export interface UserHeads {
  readonly on: ReadonlySet<Oid>
  /** Those of them without a branch. */
  readonly detached: ReadonlySet<Oid>
}

/** Reads the HEADs of the user's checkouts, and what their branches held at these readings. */
export async function userHeads(repo: Repository, readings: readonly RefsRead[]): Promise<UserHeads> {
  const linked = (await registrations(repo)).filter(({ claim }) => claim === undefined)
  const on = new Set<Oid>()
  const detached = new Set<Oid>()
  for (const gitDir of [repo.commonDir, ...linked.map(({ adminDir }) => adminDir)]) {
    const text = (await readFile(join(gitDir, 'HEAD'), 'utf8').catch(() => '')).trim()
    if (!text.startsWith('ref: ')) detached.add(text)
    for (const read of readings) on.add(valueIn(read, text.replace(/^ref: /, '')) ?? text)
  }
  return { on, detached }
}
