import { type FoundObject, GitError, type GitPlace, gitText, type ObjectPipes, stderrOf } from '@nx-conduct/git/process'
import type { Event } from '../event.ts'
import { advance } from '../fold/advance.ts'
import { type Folded, foldedOf } from '../fold/view.ts'
import { parseEvent } from '../parse-event.ts'
import { initialState } from '../reduce.ts'
import { decodeLogCommit, type LogCommit } from './log-commit.ts'
import { decodeSnapshot } from './snapshot.ts'

/** A log as read up to one of its entries. */
export interface Known {
  /** The entry read last; `undefined` for a log without entries. */
  readonly tip: string | undefined
  readonly folded: Folded
  readonly snapshot: { readonly seq: number; readonly commit: string; readonly bytes: number } | undefined
  /** Bytes of the events after the snapshot. */
  readonly bytesSince: number
}

/** An entry that cannot be read, or is illegal at its place in the log. */
export class BrokenEntry extends Error {
  override readonly name = 'BrokenEntry'
  readonly commit: string

  constructor(commit: string, why: string) {
    super(`log entry ${commit}: ${why}`)
    this.commit = commit
  }
}

export const emptyLog = (): Known => ({
  tip: undefined,
  folded: foldedOf(initialState()),
  snapshot: undefined,
  bytesSince: 0,
})

interface EntryEvent {
  readonly oid: string
  readonly event: Event
  readonly bytes: number
}

/** Fewer entries than this are walked one by one; for more it pays to start `rev-list`. */
const worthListing = 24
const readAtOnce = 256

export class LogReader {
  readonly #place: GitPlace
  readonly #objects: ObjectPipes

  constructor(place: GitPlace, objects: ObjectPipes) {
    this.#place = place
    this.#objects = objects
  }

  /**
   * Reads the log up to `tip`, from `known` when that is part of it and nearer than its newest snapshot.
   * Throws `BrokenEntry` at the first entry that cannot be read.
   */
  async read(tip: string, known: Known): Promise<Known> {
    if (known.tip === tip) return known
    const newest = await this.commit(tip)
    const { snapshot } = newest
    const missing = newest.seq - known.folded.seq
    if (missing > 0 && missing <= newest.seq - (snapshot?.seq ?? 0)) {
      const entries = await this.#entriesBefore(tip, newest, missing)
      if (entries.before === known.tip) return this.#replay(entries.oids, known)
    }
    if (snapshot) {
      const start = await this.#snapshot(snapshot.commit === 'self' ? tip : snapshot.commit, snapshot.seq)
      const rest = newest.seq - snapshot.seq
      const { oids, before } =
        rest === 0 ? { oids: [], before: start.tip } : await this.#entriesBefore(tip, newest, rest)
      if (before !== start.tip) throw new BrokenEntry(tip, `its snapshot ${start.tip} is not part of its log`)
      return this.#replay(oids, start)
    }
    return this.replayAll(tip)
  }

  /** Reads the log up to `tip` from its first event, using no snapshot. */
  async replayAll(tip: string): Promise<Known> {
    const newest = await this.commit(tip)
    const { oids, before } = await this.#entriesBefore(tip, newest, newest.seq)
    if (before !== undefined)
      throw new BrokenEntry(tip, `event ${newest.seq} has more than ${newest.seq - 1} events before it`)
    return this.#replay(oids, emptyLog())
  }

  async commit(oid: string): Promise<LogCommit> {
    const found = await this.#objects.read(oid)
    if (found?.type !== 'commit')
      throw new BrokenEntry(oid, found ? `it is a ${found.type}` : 'the commit is missing or damaged')
    const commit = decodeLogCommit(found.content)
    if (!commit) throw new BrokenEntry(oid, 'it is not a commit of a run log')
    return commit
  }

  /** The `count` entries up to `tip`, oldest first. */
  async oids(tip: string, count: number): Promise<readonly string[]> {
    return (await this.#entriesBefore(tip, await this.commit(tip), count)).oids
  }

  /** Events of the given entries, in their order. */
  async *events(oids: readonly string[]): AsyncIterable<EntryEvent> {
    for (let from = 0; from < oids.length; from += readAtOnce) {
      const some = oids.slice(from, from + readAtOnce)
      const found = await Promise.all(some.map((oid) => this.#objects.read(`${oid}:event.json`)))
      for (const [index, oid] of some.entries()) yield eventOf(oid, found[index])
    }
  }

  async event(oid: string): Promise<Event> {
    return eventOf(oid, await this.#objects.read(`${oid}:event.json`)).event
  }

  async #replay(oids: readonly string[], from: Known): Promise<Known> {
    let { tip, folded, snapshot, bytesSince } = from
    for await (const { oid, event, bytes } of this.events(oids)) {
      const advanced = advance(folded, event)
      if (advanced.kind === 'illegal') throw new BrokenEntry(oid, advanced.message)
      folded = advanced.folded
      bytesSince += bytes
      tip = oid
    }
    return { tip, folded, snapshot, bytesSince }
  }

  async #snapshot(commit: string, seq: number): Promise<Known> {
    const blob = await this.#objects.read(`${commit}:state.json`)
    const folded = blob?.type === 'blob' ? decodeSnapshot(blob.content, seq) : undefined
    if (!blob || !folded) throw new BrokenEntry(commit, 'its snapshot is missing or damaged')
    return { tip: commit, folded, snapshot: { seq, commit, bytes: blob.content.length }, bytesSince: 0 }
  }

  /** The `count` entries up to `tip`, oldest first, and the entry before them. */
  async #entriesBefore(
    tip: string,
    newest: LogCommit,
    count: number,
  ): Promise<{ oids: readonly string[]; before: string | undefined }> {
    if (count < worthListing) {
      const oids = [tip]
      let before = newest.previous
      while (oids.length < count && before !== undefined) {
        oids.push(before)
        before = (await this.commit(before)).previous
      }
      return { oids: oids.reverse(), before }
    }
    try {
      const listed = await gitText(this.#place, ['rev-list', '--first-parent', '-n', String(count), tip])
      const oids = listed.trim().split('\n').reverse()
      const [oldest = tip] = oids
      return { oids, before: (await this.commit(oldest)).previous }
    } catch (error) {
      if (error instanceof GitError)
        throw new BrokenEntry(tip, `its history is damaged (${stderrOf(error) || error.message})`)
      throw error
    }
  }
}

function eventOf(oid: string, blob: FoundObject | undefined): EntryEvent {
  if (blob?.type !== 'blob') throw new BrokenEntry(oid, 'its event is missing or damaged')
  const parsed = parseEvent(blob.content.toString('utf8'))
  if (parsed.kind !== 'event') throw new BrokenEntry(oid, parsed.message)
  return { oid, event: parsed.event, bytes: blob.content.length }
}
