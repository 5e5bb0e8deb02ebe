import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from '../contract.ts'

/** One line of a ref's reflog. */
export interface RefMove {
  readonly to: Oid
  /** Why, in the words of the git command that moved it. */
  readonly why: string
}

/** What the reflog of a ref says, the oldest first; nothing where it has none. */
export async function refMoves({ commonDir }: Repository, ref: string): Promise<readonly RefMove[]> {
  const text = await readFile(join(commonDir, 'logs', ref), 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [, to, why] = /^[0-9a-f]+ ([0-9a-f]+) [^\t]*\t(.*)$/.exec(line) ?? []
    return to === undefined || why === undefined ? [] : [{ to, why }]
  })
}
