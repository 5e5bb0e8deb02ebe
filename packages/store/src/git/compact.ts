import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type GitPlace, gitText } from '@nx-conduct/git/process'
import type { StoreNotice } from '../contract.ts'
import { messageOf } from '../message-of.ts'

/**
 * git starts a gc of its own accord at about 6 700 loose objects, which it estimates from one of 256 folders (27 in it).
 * The log packs its objects well before that, so that the user's next git command does not stop for them.
 */
const looseInOneFolder = 8

/** Whether there are so many loose objects that the log's own should be packed. */
export async function shouldCompact(commonDir: string): Promise<boolean> {
  const names = await readdir(join(commonDir, 'objects', '17')).catch(() => [])
  return names.length >= looseInOneFolder
}

/**
 * Packs the loose objects that `ref` keeps and that no branch or tag does, then drops the loose copies. Gives how many
 * were packed. Safe at any time and beside any other git: objects are only ever added before their copies go.
 */
export async function compact(place: GitPlace, ref: string): Promise<number> {
  const listed = await gitText(place, [
    'rev-list',
    '--objects',
    '--unpacked',
    ref,
    '--not',
    '--branches',
    '--tags',
    '--remotes',
  ])
  const oids = listed
    .split('\n')
    .map((line) => line.split(' ', 1)[0])
    .filter((oid) => oid !== '')
  if (oids.length === 0) return 0
  await gitText(place, ['pack-objects', '-q', '--threads=1', join(place.gitDir, 'objects', 'pack', 'pack')], {
    input: `${oids.join('\n')}\n`,
  })
  await gitText(place, ['prune-packed', '-q'])
  return oids.length
}

/** How often the loose objects are counted, in events. */
const compactEvery = 200

/** Packs the log's objects now and then, beside the work. */
export class Compaction {
  readonly #place: GitPlace
  readonly #ref: string
  readonly #onNotice: (notice: StoreNotice) => void
  #running: Promise<void> | undefined

  constructor(place: GitPlace, ref: string, onNotice: (notice: StoreNotice) => void) {
    this.#place = place
    this.#ref = ref
    this.#onNotice = onNotice
  }

  afterEvent(seq: number): void {
    if (seq % compactEvery === 0) this.#running ??= this.#run()
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      if (await shouldCompact(this.#place.gitDir)) await compact(this.#place, this.#ref)
    } catch (error) {
      const why = messageOf(error)
      this.#onNotice({
        code: 'log-not-compacted',
        severity: 'info',
        message: `the run log could not be packed: ${why}`,
      })
    } finally {
      this.#running = undefined
    }
  }
}
