import { type FoundObject, GitError, type GitPlace, gitText, type ObjectPipes } from '@nx-conduct/git/process'
import { advance } from '../fold/advance.ts'
import { parseEvent } from '../parse-event.ts'
import { decodeLogCommit, type LogCommit } from './log-commit.ts'
import { emptyLog, type Known } from './log-reader.ts'

export interface Salvaged {
  /** The log up to its last entry that can be read and is legal. */
  readonly known: Known
  /** What is wrong with the entry after that; absent when every entry is whole (only a snapshot was damaged). */
  readonly damage: { readonly entry: string | undefined; readonly why: string } | undefined
}

/**
 * Finds the last valid entry of a damaged log (`tip` undefined: its ref is damaged), trusting no snapshot and taking one object at a time, because git ends
 * at the first damaged one. Where a commit of the chain itself is gone, the entries below it are looked for among all
 * commits of the repository. Slow, and only for logs that cannot be read otherwise. Throws when git itself fails.
 */
export async function salvage(
  place: GitPlace,
  objects: ObjectPipes,
  spec: string,
  tip: string | undefined,
): Promise<Salvaged> {
  await gitText(place, ['--version'])
  const above = tip === undefined ? undefined : await walk(objects, tip)
  if (above && above.missing === undefined) return fold(objects, above.oids, undefined)
  const damage = {
    entry: above?.missing,
    why: above ? 'the commit is missing or damaged' : 'the ref holds no object id',
  }
  const below = await newestBelow(place, objects, spec, above?.lowestSeq ?? Number.POSITIVE_INFINITY)
  if (below === undefined) return { known: emptyLog(), damage }
  return fold(objects, (await walk(objects, below)).oids, damage)
}

interface Walk {
  /** Oldest first. */
  readonly oids: readonly string[]
  /** The commit at which the walk ended before the first entry. */
  readonly missing: string | undefined
  readonly lowestSeq: number
}

async function walk(objects: ObjectPipes, tip: string): Promise<Walk> {
  const oids: string[] = []
  let lowestSeq = Number.POSITIVE_INFINITY
  for (let at: string | undefined = tip; at !== undefined; ) {
    const entry: LogCommit | undefined = await logCommit(objects, at)
    if (!entry) return { oids: oids.reverse(), missing: at, lowestSeq }
    oids.push(at)
    lowestSeq = entry.seq
    at = entry.previous
  }
  return { oids: oids.reverse(), missing: undefined, lowestSeq }
}

async function fold(objects: ObjectPipes, oids: readonly string[], damageAbove: Salvaged['damage']): Promise<Salvaged> {
  let known = emptyLog()
  for (const oid of oids) {
    const blob = await readAlone(objects, `${oid}:event.json`)
    const parsed = blob ? parseEvent(blob.content.toString('utf8')) : undefined
    if (!blob || parsed?.kind !== 'event') {
      return {
        known,
        damage: {
          entry: oid,
          why: parsed && parsed.kind !== 'event' ? parsed.message : 'its event is missing or damaged',
        },
      }
    }
    const advanced = advance(known.folded, parsed.event)
    if (advanced.kind === 'illegal') return { known, damage: { entry: oid, why: advanced.message } }
    known = {
      tip: oid,
      folded: advanced.folded,
      snapshot: undefined,
      bytesSince: known.bytesSince + blob.content.length,
    }
  }
  return { known, damage: damageAbove }
}

/**
 * The newest whole entry below `seq` whose chain is whole. Where two claim one number (an entry that lost its
 * compare-and-swap leaves its commit behind), neither is believed and the one below them is taken.
 */
async function newestBelow(
  place: GitPlace,
  objects: ObjectPipes,
  spec: string,
  seq: number,
): Promise<string | undefined> {
  const listed = await gitText(place, [
    'cat-file',
    '--batch-all-objects',
    '--unordered',
    '--batch-check=%(objecttype) %(objectname)',
  ])
  const bySeq = new Map<number, string[]>()
  for (const [, oid = ''] of listed.matchAll(/^commit ([0-9a-f]+)$/gm)) {
    const found = await readAlone(objects, oid)
    const entry = found?.content.includes(`\nConduct-Log: ${spec}\n`) ? decodeLogCommit(found.content) : undefined
    if (entry && entry.seq < seq) bySeq.set(entry.seq, [...(bySeq.get(entry.seq) ?? []), oid])
  }
  for (const candidate of [...bySeq.keys()].sort((one, other) => other - one)) {
    const [oid, rival] = bySeq.get(candidate) ?? []
    if (oid !== undefined && rival === undefined && (await walk(objects, oid)).missing === undefined) return oid
  }
  return undefined
}

async function logCommit(objects: ObjectPipes, oid: string): Promise<LogCommit | undefined> {
  const found = await readAlone(objects, oid)
  return found?.type === 'commit' ? decodeLogCommit(found.content) : undefined
}

async function readAlone(objects: ObjectPipes, name: string): Promise<FoundObject | undefined> {
  try {
    return await objects.read(name)
  } catch (error) {
    if (error instanceof GitError) return undefined
    throw error
  }
}
