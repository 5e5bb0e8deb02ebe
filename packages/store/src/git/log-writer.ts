import { encodeTree, type ObjectPipes, type TreeEntry } from '@nx-conduct/git/process'
import { acceptedWork } from '../accepted-work.ts'
import type { Event } from '../event.ts'
import type { Folded } from '../fold/view.ts'
import { encodeLogCommit } from './log-commit.ts'
import type { Known } from './log-reader.ts'
import { encodeSnapshot, snapshotIsDue } from './snapshot.ts'
import { noteWritten } from './written-here.ts'

/** Objects of the newest entries, three or four each. */
const remembered = 24

/** Writes the objects of log entries. Which of them belongs to the log is decided afterwards, by the ref. */
export class LogWriter {
  readonly #objects: ObjectPipes
  readonly #spec: string
  readonly #recent: { readonly oid: string; readonly write: () => Promise<string> }[] = []

  constructor(objects: ObjectPipes, spec: string) {
    this.#objects = objects
    this.#spec = spec
  }

  /**
   * Why the commits an event accepts cannot be accepted: each has to be in the repository and to carry the tree that
   * the event claims for it.
   */
  async unacceptable(event: Event, commits: readonly string[]): Promise<string | undefined> {
    const claims = [...acceptedWork(event.body), ...commits.map((commit) => ({ commit, tree: undefined }))]
    const found = await Promise.all(claims.map(({ commit }) => this.#objects.read(commit)))
    for (const [index, { commit, tree }] of claims.entries()) {
      const object = found[index]
      if (object?.type !== 'commit')
        return `${event.body.type}: ${commit || 'an empty id'} is not a commit of this repository`
      const carried = /^tree ([0-9a-f]+)$/m.exec(object.content.toString('latin1'))?.[1]
      if (tree !== undefined && carried !== tree) {
        return `${event.body.type}: commit ${commit} carries tree ${carried}, not ${tree}`
      }
    }
    return undefined
  }

  /**
   * Writes again what is gone of the newest entries: a `git gc --prune=now` that looked at the refs before they were moved takes the
   * objects of an entry that was recorded meanwhile.
   */
  async restoreLost(): Promise<void> {
    const found = await Promise.all(this.#recent.map(({ oid }) => this.#objects.info(oid)))
    await Promise.all(this.#recent.filter((_, at) => found[at] === undefined).map(({ write }) => write()))
  }

  async #write(write: () => Promise<string>): Promise<string> {
    const oid = await write()
    this.#recent.push({ oid, write })
    if (this.#recent.length > remembered) this.#recent.shift()
    return oid
  }

  /** Writes the entry for an event that follows `known`. Returns the log as it is once the entry is its tip. */
  async write(
    known: Known,
    event: Event,
    folded: Folded,
    commits: readonly string[],
  ): Promise<Known & { readonly tip: string }> {
    const objects = this.#objects
    const json = Buffer.from(JSON.stringify(event))
    const bytesSince = known.bytesSince + json.length
    const state = snapshotIsDue(bytesSince, known.snapshot?.bytes ?? 0) ? encodeSnapshot(folded) : undefined

    const entries: TreeEntry[] = [{ mode: '100644', name: 'event.json', oid: await objects.idOf('blob', json) }]
    if (state) entries.push({ mode: '100644', name: 'state.json', oid: await objects.idOf('blob', state) })
    const snapshot = state ? { seq: event.seq, commit: 'self' } : known.snapshot
    const commit = encodeLogCommit(this.#spec, event, {
      tree: await objects.idOf('tree', encodeTree(entries)),
      previous: known.tip,
      snapshot,
      accepted: [...acceptedWork(event.body).map((work) => work.commit), ...commits],
    })
    // Their ids are known beforehand, so the objects are written side by side; the ref follows when all are durable.
    const [tip] = await Promise.all([
      this.#write(() => objects.writeCommit(commit)),
      this.#write(() => objects.writeTree(entries)),
      this.#write(() => objects.writeBlob(json)),
      ...(state ? [this.#write(() => objects.writeBlob(state))] : []),
    ])
    noteWritten(tip)
    return state
      ? { tip, folded, snapshot: { seq: event.seq, commit: tip, bytes: state.length }, bytesSince: 0 }
      : { tip, folded, snapshot: known.snapshot, bytesSince }
  }
}
