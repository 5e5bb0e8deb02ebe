import { GitError, type GitPlace, type ObjectPipes, type RefChange } from '@nx-conduct/git/process'
import type { StoreNotice } from '../contract.ts'
import { viewOf } from '../fold/view.ts'
import type { RunState } from '../state.ts'
import type { Authority } from './authority.ts'
import { BrokenEntry, emptyLog, type Known, type LogReader } from './log-reader.ts'
import { readTip, removeDamagedRef, type Tip } from './log-tip.ts'
import type { LogRefs } from './names.ts'
import { salvage } from './salvage.ts'
import { wasWrittenHere } from './written-here.ts'

export interface LogPositionParts {
  readonly place: GitPlace
  readonly spec: string
  readonly refs: LogRefs
  readonly objects: ObjectPipes
  readonly onNotice: (notice: StoreNotice) => void
  /** Moves the log back where it was, when something else has taken entries away that this process knows. Absent where another repository decides. */
  readonly authority?: Pick<Authority, 'transact'>
  /** How this process signs its entries. */
  readonly writer: string
  /** Other writers of this log that may be alive. */
  readonly otherWriters: () => Promise<readonly unknown[]>
}

/**
 * What the log's ref points at, and what has been read of it. They differ when the end of the log is damaged; then the log
 * continues from its last valid entry, and the damaged end is kept under a ref of its own.
 */
export class LogPosition {
  readonly #parts: LogPositionParts
  readonly #reader: LogReader
  #tip: Tip = { kind: 'none' }
  #known: Known = emptyLog()
  #view: RunState = viewOf(this.#known.folded)

  constructor(parts: LogPositionParts, reader: LogReader) {
    this.#parts = parts
    this.#reader = reader
  }

  /** The state as it was read last. */
  get view(): RunState {
    return this.#view
  }

  /** Reads the ref, and the entries that are new. */
  async catchUp(): Promise<Known> {
    const { place, objects, refs } = this.#parts
    const tip = await readTip(place, objects, refs.log)
    const moved = tip.kind === 'at' ? this.#tip.kind !== 'at' || tip.oid !== this.#tip.oid : tip.kind !== this.#tip.kind
    if (!moved) return this.#known
    if (await this.#wasTakenBack(tip)) return this.#putBack(tip)
    const forged = await this.#forgedAfterKnown(tip)
    if (forged > 0) return this.#takeOut(tip, forged)
    this.#become(tip, await this.#read(tip))
    return this.#known
  }

  /** Whether the log's ref no longer leads to the newest entry that this process knows. Entries are only ever added. */
  async #wasTakenBack(tip: Tip): Promise<boolean> {
    const { objects, refs, authority } = this.#parts
    const { tip: known, folded } = this.#known
    if (authority === undefined || known === undefined || tip.kind === 'damaged-ref') return false
    try {
      if (tip.kind === 'at') {
        const { seq } = await this.#reader.commit(tip.oid)
        const [oldest] = seq > folded.seq ? await this.#reader.oids(tip.oid, seq - folded.seq + 1) : []
        if (oldest === known) return false
      }
    } catch (error) {
      // Damage is another matter: it is read around.
      if (error instanceof BrokenEntry || error instanceof GitError) return false
      throw error
    }
    // Another process that found it damaged has left its mark.
    return (await objects.read(refs.broken(known))) === undefined && (await objects.info(known)) !== undefined
  }

  async #putBack(tip: Tip): Promise<Known> {
    const { refs, authority, onNotice } = this.#parts
    const { tip: to = '', folded } = this.#known
    const from = tip.kind === 'at' ? tip.oid : undefined
    const outcome = await authority?.transact([{ kind: 'set', ref: refs.log, to, from }])
    // Somebody moved it once more: that is judged in its turn.
    if (outcome?.kind !== 'done') return this.catchUp()
    this.#tip = { kind: 'at', oid: to }
    onNotice({
      code: 'log-put-back',
      severity: 'warning',
      message: `something else moved ${refs.log} ${from === undefined ? 'away' : `to ${from}`}, without entries that were recorded: it is put back at event ${folded.seq}`,
      hint: 'If an agent of this run did that, its phase deserves a look: only nx-conduct writes under refs/conduct/.',
    })
    return this.#known
  }

  /**
   * How many entries after the newest known one claim to be this process's and are not: all of the new ones, or none. Where another
   * writer may be alive nothing is judged: in another container it may have this process's name.
   */
  async #forgedAfterKnown(tip: Tip): Promise<number> {
    const { authority, writer, otherWriters } = this.#parts
    const { tip: known, folded } = this.#known
    if (authority === undefined || known === undefined || tip.kind !== 'at' || wasWrittenHere(tip.oid)) return 0
    try {
      const count = (await this.#reader.commit(tip.oid)).seq - folded.seq
      const oids = count > 0 ? await this.#reader.oids(tip.oid, count) : []
      for (const oid of oids) {
        if (wasWrittenHere(oid) || (await this.#reader.event(oid)).writer !== writer) return 0
      }
      return oids.length > 0 && (await otherWriters()).length === 0 ? oids.length : 0
    } catch (error) {
      // Damage is another matter: it is read around.
      if (error instanceof BrokenEntry || error instanceof GitError) return 0
      throw error
    }
  }

  /** Ends the log before forged entries. What is taken out stays under a ref, which keeps other processes from putting it back. */
  async #takeOut(tip: Tip, count: number): Promise<Known> {
    const { refs, authority, onNotice, objects } = this.#parts
    const { tip: to = '', folded } = this.#known
    const from = tip.kind === 'at' ? tip.oid : ''
    const kept = await objects.read(refs.broken(from))
    const outcome = await authority?.transact([
      ...(kept === undefined ? [{ kind: 'set', ref: refs.broken(from), to: from, from: undefined } as const] : []),
      { kind: 'set', ref: refs.log, to, from },
    ])
    if (outcome?.kind !== 'done') return this.catchUp()
    this.#tip = { kind: 'at', oid: to }
    onNotice({
      code: 'log-forged',
      severity: 'warning',
      message: `something wrote ${count === 1 ? 'an entry' : `${count} entries`} to ${refs.log} in the name of this process, which did not: the log ends at event ${folded.seq} again; what was written is kept at ${refs.broken(from)}`,
      hint: 'If an agent of this run did that, its phase deserves a look: only nx-conduct writes under refs/conduct/.',
    })
    return this.#known
  }

  /** The ref changes that make `to` the log's newest entry, if nobody has moved the log meanwhile. */
  async moveTo(to: string): Promise<readonly RefChange[]> {
    const { objects, refs } = this.#parts
    const tip = this.#tip
    if (tip.kind === 'none') return [{ kind: 'set', ref: refs.log, to, from: undefined }]
    if (tip.kind === 'damaged-ref') {
      await removeDamagedRef(tip)
      return [{ kind: 'set', ref: refs.log, to, from: undefined }]
    }
    const move: RefChange = { kind: 'set', ref: refs.log, to, from: tip.oid }
    if (tip.oid === this.#known.tip) return [move]
    const readable = await objects.read(tip.oid).catch(() => undefined)
    const kept = await objects.read(refs.broken(tip.oid))
    return readable && !kept ? [{ kind: 'set', ref: refs.broken(tip.oid), to: tip.oid, from: undefined }, move] : [move]
  }

  /** The log was moved to its next entry. */
  movedTo(next: Known & { readonly tip: string }): void {
    this.#become({ kind: 'at', oid: next.tip }, next)
  }

  async #read(tip: Tip): Promise<Known> {
    if (tip.kind === 'none') return emptyLog()
    try {
      if (tip.kind === 'at') return await this.#reader.read(tip.oid, this.#known)
    } catch (error) {
      if (!(error instanceof BrokenEntry || error instanceof GitError)) throw error
    }
    const { place, objects, spec, refs, onNotice } = this.#parts
    const { known, damage } = await salvage(place, objects, spec, tip.kind === 'at' ? tip.oid : undefined)
    onNotice({
      code: 'log-damaged',
      severity: 'warning',
      message: damage
        ? `the run log is damaged at ${damage.entry ?? refs.log}: ${damage.why}; it goes on from event ${known.folded.seq}, the last valid one`
        : `a snapshot of the run log is damaged; all of its ${known.folded.seq} events are whole and were read one by one`,
      ...(damage && tip.kind === 'at'
        ? { hint: `What is left of its end is kept at ${refs.broken(tip.oid)} when the next event is recorded.` }
        : {}),
    })
    return known
  }

  #become(tip: Tip, known: Known): void {
    this.#tip = tip
    this.#known = known
    this.#view = viewOf(known.folded)
  }
}
