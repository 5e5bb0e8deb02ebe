import { diffArrays } from 'diff'
import type { Oid, Repository } from './contract.ts'
import { differences } from './tree.ts'

/** A file of text that a tree has and another has not, or not so. */
export interface ChangedText {
  readonly path: string
  /** What the newer tree has. A NUL byte does not make a file binary here: `isWanted` decides by name. */
  readonly text: string
  /** Numbers of its lines, from 1, that the older tree's file has not. */
  readonly added: ReadonlySet<number>
}

/** Nobody writes larger files of text by hand. */
const mostBytes = 4 * 1024 * 1024
/** Past this the difference of two files is told line by line, wherever the lines are. No bound of time: a gate must not depend on it. */
const effort = { maxEditLength: 5_000 }

/** The wanted files that differ in `to` from `from`, in path order, without those that were only moved. */
export async function* changedTexts(
  repo: Repository,
  from: Oid,
  to: Oid,
  isWanted: (path: string) => boolean,
): AsyncGenerator<ChangedText, void, void> {
  if (from === to) return
  const all = await differences(repo, from, to)
  const gone = new Set(all.filter(({ status }) => status === 'deleted').map(({ fromOid }) => fromOid))
  for (const { path, status, fromMode, toMode, fromOid, toOid } of all) {
    if (status === 'deleted' || !toMode.startsWith('100') || !isWanted(path)) continue
    if (status === 'added' && gone.has(toOid)) continue
    const text = await textOf(repo, toOid)
    if (text === undefined) continue
    const before = fromMode.startsWith('100') ? await textOf(repo, fromOid) : undefined
    yield { path, text, added: addedLines(before, text) }
  }
}

/** Undefined for a file that is too large. */
async function textOf({ objects }: Repository, oid: Oid): Promise<string | undefined> {
  const info = await objects.info(oid)
  return info === undefined || info.size > mostBytes ? undefined : (await objects.content('blob', oid)).toString('utf8')
}

function addedLines(before: string | undefined, after: string): ReadonlySet<number> {
  const lines = after.split('\n')
  if (before === undefined) return new Set(lines.map((_, at) => at + 1))
  const earlier = before.split('\n')
  const parts = diffArrays(earlier, lines, effort)
  const added = new Set<number>()
  if (parts === undefined) {
    const known = new Set(earlier)
    for (const [at, line] of lines.entries()) if (!known.has(line)) added.add(at + 1)
    return added
  }
  let line = 1
  for (const part of parts) {
    if (part.removed) continue
    if (part.added) for (let at = 0; at < part.value.length; at += 1) added.add(line + at)
    line += part.value.length
  }
  return added
}
