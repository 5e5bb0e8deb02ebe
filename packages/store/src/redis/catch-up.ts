import type { StoreNotice } from '../contract.ts'
import type { Change } from '../fold/advance.ts'
import type { MirrorEntry, MirroredLog, MirrorPosition } from './mirrored-log.ts'

/** The log that is mirrored, as git holds it. */
export interface MirrorSource {
  position(): Promise<MirrorPosition & { readonly sizes: Readonly<Record<'log' | Change['section'], number>> }>
  /** The commit of an entry; `undefined` when the log is shorter. */
  commitOf(seq: number): Promise<string | undefined>
  /** The entries after `after`, in order. */
  replay(after: number): AsyncIterable<MirrorEntry>
}

const roundsAtMost = 5
const writesAtOnce = 64

/**
 * Brings a mirror to where the log in git ends: it is fed what it lacks, and rebuilt when it has lost a part or holds
 * another history. `isClosed` ends it between two entries.
 */
export async function catchUp(
  mirror: MirroredLog,
  source: MirrorSource,
  onNotice: (notice: StoreNotice) => void,
  isClosed: () => boolean,
): Promise<void> {
  for (let round = 0; round < roundsAtMost && !isClosed(); round++) {
    const here = await source.position()
    const there = await mirror.position()
    if (there.emptied) onNotice(foreign)
    if (there.seq === here.seq && there.tip === here.tip) {
      if (await mirror.isWhole(here.sizes)) return
      await rebuild(mirror, there, incomplete, onNotice)
    } else if (there.seq === 0 && !(await mirror.isEmpty())) {
      await rebuild(mirror, there, incomplete, onNotice)
    } else if (there.seq > 0 && (await source.commitOf(there.seq)) !== there.tip) {
      await rebuild(mirror, there, foreign, onNotice)
    } else {
      const message = `Redis is ${here.seq - there.seq} events behind git and is brought up to date`
      onNotice({ code: 'redis-behind', severity: 'info', message })
      await feed(mirror, source, there.seq, isClosed)
    }
  }
}

const foreign: StoreNotice = {
  code: 'redis-foreign',
  severity: 'warning',
  message: 'Redis holds another history of this run than git; git decides, the mirror is rebuilt',
}

const incomplete: StoreNotice = {
  code: 'redis-incomplete',
  severity: 'warning',
  message: 'Redis has lost a part of the mirror; it is rebuilt from git',
  hint: 'Set maxmemory-policy noeviction.',
}

async function rebuild(
  mirror: MirroredLog,
  there: MirrorPosition,
  why: StoreNotice,
  onNotice: (notice: StoreNotice) => void,
): Promise<void> {
  onNotice(why)
  await mirror.reset(there)
}

async function feed(mirror: MirroredLog, source: MirrorSource, after: number, isClosed: () => boolean): Promise<void> {
  let batch: MirrorEntry[] = []
  const flush = async () => {
    const outcomes = await Promise.all(batch.map((entry) => mirror.write(entry)))
    batch = []
    return outcomes.every(({ kind }) => kind === 'mirrored')
  }
  for await (const entry of source.replay(after)) {
    if (isClosed()) return
    batch.push(entry)
    if (batch.length === writesAtOnce && !(await flush())) return
  }
  await flush()
}
