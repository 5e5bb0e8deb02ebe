import { GitError, type GitPlace, type ObjectPipes, type RefChange } from '@nx-conduct/git/process'
import type { StoreNotice } from '../contract.ts'
import { viewOf } from '../fold/view.ts'
import type { RunState } from '../state.ts'
import { BrokenEntry, emptyLog, type Known, type LogReader } from './log-reader.ts'
import { readTip, removeDamagedRef, type Tip } from './log-tip.ts'
import type { LogRefs } from './names.ts'
import { salvage } from './salvage.ts'

export interface LogPositionParts {
  readonly place: GitPlace
  readonly spec: string
  readonly refs: LogRefs
  readonly objects: ObjectPipes
  readonly onNotice: (notice: StoreNotice) => void
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
    if (moved) this.#become(tip, await this.#read(tip))
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
