import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid } from '../contract.ts'

/** What was done with HEAD in a worktree, by its own reflog. A person who works elsewhere leaves nothing there. */
export interface HeadMoves {
  /** Commits that were made there. */
  readonly made: ReadonlySet<Oid>
  /** What branches were made or moved to while HEAD was on them, by short name. */
  readonly branches: ReadonlyMap<string, ReadonlySet<Oid>>
}

const reflog = (adminDir: string): string => join(adminDir, 'logs', 'HEAD')

/** How long the reflog of a worktree is: what comes after that is new. */
export async function headMovesSoFar(adminDir: string): Promise<number> {
  return stat(reflog(adminDir)).then(
    ({ size }) => size,
    () => 0,
  )
}

/** What was done with HEAD in the worktree of this git directory since; HEAD was detached then. */
export async function headMovesSince(adminDir: string, bytes: number): Promise<HeadMoves> {
  const text = await readFile(reflog(adminDir)).then(
    (content) => content.subarray(content.length >= bytes ? bytes : 0).toString('utf8'),
    () => '',
  )
  return parseHeadMoves(text)
}

/** Actions whose entry is a commit that did not exist before. */
const making = /^(?:commit|cherry-pick|revert|am|merge [^:]+: Merge made|rebase(?: \([a-z-]+\))?)\b/

/** Reads lines of a reflog: `<old> <new> <who> <when>\t<what>`. */
export function parseHeadMoves(text: string): HeadMoves {
  const made = new Set<Oid>()
  const branches = new Map<string, Set<Oid>>()
  let on: string | undefined
  for (const line of text.split('\n')) {
    const [, from, to, what] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*\t(.*)$/.exec(line) ?? []
    if (from === undefined || to === undefined || what === undefined) continue
    if (making.test(what) && !/^rebase(?: -i)?(?: \((?:start|finish|abort)\))/.test(what)) made.add(to)
    const target = /^checkout: moving from .+ to (\S+)$/.exec(what)?.[1]
    if (target !== undefined) {
      on = /^[0-9a-f]{40,64}$/.test(target) ? undefined : target
      // Where it leads elsewhere, the branch was there before.
      if (from !== to) continue
    }
    if (on === undefined) continue
    const values = branches.get(on) ?? new Set()
    branches.set(on, values.add(to))
  }
  return { made, branches }
}
