import type { Event } from '../event.ts'
import type { Change } from '../fold/advance.ts'
import { type RedisConnection, RedisFailure } from './connection.ts'
import type { RedisKeys } from './keys.ts'

/** One entry of the log, as the mirror takes it. */
export interface MirrorEntry {
  readonly event: Event
  readonly changes: readonly Change[]
  /** The log's commit before the entry; empty for the first. */
  readonly before: string
  readonly tip: string
}

export interface MirrorPosition {
  readonly seq: number
  readonly tip: string
}

export interface FoundPosition extends MirrorPosition {
  /** What was there could not be a mirror of ours, and was removed. */
  readonly emptied?: boolean
}

export type MirrorOutcome =
  | { readonly kind: 'mirrored' }
  /** The mirror ends at another entry; it has to be brought up to date from git. */
  | { readonly kind: 'gap'; readonly at: MirrorPosition }

const sectionKey = { runs: 4, steps: 5, sessions: 6, evidence: 7, epochs: 8 } as const

/** The mirror of one log in Redis, over one connection. */
export class MirroredLog {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #spec: string

  constructor(connection: RedisConnection, keys: RedisKeys, spec: string) {
    this.#connection = connection
    this.#keys = keys
    this.#spec = spec
  }

  async write(entry: MirrorEntry): Promise<MirrorOutcome> {
    const { event, tip, before, changes } = entry
    const args = changes.flatMap(({ section, key, value }) => [sectionKey[section], key, JSON.stringify(value)])
    const answer = await this.#connection.script('conductMirror', this.#logKeys(), [
      event.seq,
      before,
      tip,
      JSON.stringify(event),
      checkpointOf(event),
      ...args,
    ])
    const [word, seq, at] = list(answer)
    return word === 'gap' ? { kind: 'gap', at: { seq: Number(seq), tip: String(at) } } : { kind: 'mirrored' }
  }

  /** Where the mirror ends. Empties what cannot be a mirror of ours. */
  async position(): Promise<FoundPosition> {
    const [seq, tip, word] = list(await this.#connection.script('conductWhere', this.#logKeys(), []))
    return { seq: Number(seq), tip: String(tip), ...(word === 'emptied' ? { emptied: true } : {}) }
  }

  /** Whether every part is as long as the log says: a server short of memory may have dropped one of them. */
  async isWhole(expected: Readonly<Record<'log' | Change['section'], number>>): Promise<boolean> {
    const { log, ...sections } = expected
    const lengths = await Promise.all([
      this.#connection.command('XLEN', this.#keys.log).then((length) => length === log),
      ...Object.entries(sections).map(([section, size]) =>
        this.#connection.command('HLEN', this.#keys[section as Change['section']]).then((length) => length === size),
      ),
    ])
    return lengths.every(Boolean)
  }

  /** Whether there is nothing of a mirror: a server short of memory may have dropped its position alone. */
  async isEmpty(): Promise<boolean> {
    const [, ...parts] = this.#logKeys()
    return (await this.#connection.command('EXISTS', ...parts)) === 0
  }

  /** Empties the mirror that ends at `found`; does nothing when it ends at another entry by now. */
  async reset(found: MirrorPosition): Promise<void> {
    await this.#connection.script('conductReset', this.#logKeys(), [found.seq, found.tip, this.#spec])
  }

  /** Adds to the live stream; only the newest few thousand are kept. */
  async announce(progress: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#connection.script('conductAnnounce', [this.#keys.live], [JSON.stringify(progress)])
  }

  #logKeys(): readonly string[] {
    const { meta, log, checkpoints, runs, steps, sessions, evidence, epochs } = this.#keys
    return [meta, log, checkpoints, runs, steps, sessions, evidence, epochs]
  }
}

function checkpointOf({ seq, at, body }: Event): string {
  if (body.type !== 'phase.complete') return ''
  const { run, phase, commit, tree, slice } = body
  return JSON.stringify({ seq, at, run, phase, slice, commit, tree })
}

function list(answer: unknown): readonly unknown[] {
  if (!Array.isArray(answer))
    throw new RedisFailure('answer', `Redis gave an answer that was not expected: ${JSON.stringify(answer)}`)
  return answer
}
