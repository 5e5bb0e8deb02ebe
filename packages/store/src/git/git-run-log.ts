import { GitError, type GitPlace, type ObjectPipes, type RefChange } from '@nx-conduct/git/process'
import type { AppendOutcome, AppendRequest, Holder, Lease, LeaseOutcome, StoreNotice } from '../contract.ts'
import { type Event, eventVersion } from '../event.ts'
import { advance, type Change } from '../fold/advance.ts'
import { formatError } from '../parse-event.ts'
import { Serial } from '../serial.ts'
import type { RunState } from '../state.ts'
import { StoreProblem } from '../store-problem.ts'
import type { Authority } from './authority.ts'
import { overtakenAtMost } from './authority.ts'
import { Compaction } from './compact.ts'
import { GitLeases, type LeaseClock } from './git-leases.ts'
import { HeldLeases } from './held-leases.ts'
import { LogPosition } from './log-position.ts'
import { BrokenEntry, emptyLog, LogReader } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'
import type { LogRefs } from './names.ts'

export interface GitRunLogParts {
  readonly place: GitPlace
  readonly spec: string
  readonly refs: LogRefs
  readonly objects: ObjectPipes
  readonly authority: Authority
  /** The authority is this repository and no shared one. */
  readonly isLocal: boolean
  /** Other writers of this log that may be alive. */
  readonly otherWriters: () => Promise<readonly unknown[]>
  readonly holder: Holder
  readonly clock: LeaseClock
  readonly onNotice: (notice: StoreNotice) => void
}

/** An entry of the log, with what it changes in the state. */
export interface LogEntry {
  readonly event: Event
  readonly changes: readonly Change[]
  /** The commit of the entry before it; empty for the first. */
  readonly before: string
  readonly tip: string
}

export type GitAppendOutcome =
  | { readonly kind: 'recorded'; readonly event: Event; readonly entry: LogEntry }
  | Exclude<AppendOutcome, { kind: 'recorded' }>

/** The run log as one ref of a repository. */
export class GitRunLog {
  readonly #parts: GitRunLogParts
  readonly #reader: LogReader
  readonly #position: LogPosition
  readonly #writer: LogWriter
  readonly #leases: GitLeases
  readonly #serial = new Serial()
  readonly #held: HeldLeases
  readonly #compaction: Compaction

  constructor(parts: GitRunLogParts) {
    this.#parts = parts
    this.#reader = new LogReader(parts.place, parts.objects)
    const { place, spec, refs, objects, authority, onNotice, otherWriters } = parts
    const own = parts.isLocal ? { authority } : {}
    const writer = writerName(parts.holder)
    this.#position = new LogPosition(
      { place, spec, refs, objects, onNotice, writer, otherWriters, ...own },
      this.#reader,
    )
    this.#writer = new LogWriter(parts.objects, parts.spec)
    this.#leases = new GitLeases(parts)
    this.#compaction = new Compaction(parts.place, parts.refs.log, parts.onNotice)
    this.#held = new HeldLeases(this.#leases, parts.onNotice)
  }

  state(): Promise<RunState> {
    const read = this.#serial.run(async () => {
      await this.#parts.authority.refresh(false)
      await this.#position.catchUp()
      return this.#position.view
    })
    return read.catch((error: unknown) => {
      throw asProblem(notRead, error)
    })
  }

  /** The log's newest entry, and how many entries each part of its state has. */
  position(): Promise<{ seq: number; tip: string; sizes: Record<'log' | Change['section'], number> }> {
    return this.#serial.run(async () => {
      const { tip, folded } = await this.#position.catchUp()
      const { runs, steps, sessions, evidence, epochs } = folded
      return {
        seq: folded.seq,
        tip: tip ?? '',
        sizes: {
          log: folded.seq,
          runs: runs.size,
          steps: steps.size,
          sessions: sessions.size,
          evidence: evidence.size,
          epochs: epochs.size,
        },
      }
    })
  }

  /** The commit of entry `seq`; `undefined` when the log is shorter. */
  commitOf(seq: number): Promise<string | undefined> {
    return this.#serial.run(async () => (await this.#oidsAfter(seq - 1))[0])
  }

  /** The entries after `after` with what each changes; folds the log from its first event. */
  async *replay(after: number): AsyncIterable<LogEntry> {
    const oids = await this.#serial.run(() => this.#oidsAfter(0))
    let { folded } = emptyLog()
    let before = ''
    for await (const { oid, event } of this.#reader.events(oids)) {
      const advanced = advance(folded, event)
      if (advanced.kind === 'illegal') throw new BrokenEntry(oid, advanced.message)
      folded = advanced.folded
      if (event.seq > after) yield { event, changes: advanced.changes, before, tip: oid }
      before = oid
    }
  }

  append(request: AppendRequest): Promise<GitAppendOutcome> {
    return this.#serial.run(async () => {
      try {
        return await this.#append(request)
      } catch (error) {
        if (error instanceof GitError || isSystemError(error)) return refused('unavailable', error.message)
        throw asProblem(notRead, error)
      }
    })
  }

  async *events(after = 0): AsyncIterable<Event> {
    try {
      const oids = await this.#serial.run(async () => {
        await this.#parts.authority.refresh(false)
        return this.#oidsAfter(after)
      })
      for await (const { event } of this.#reader.events(oids)) yield event
    } catch (error) {
      throw asProblem(notRead, error)
    }
  }

  /** The highest fence this repository knows of. */
  highestFence(): Promise<number> {
    return this.#serial.run(async () =>
      Math.max((await this.#position.catchUp()).folded.fence, await this.#leases.counter()),
    )
  }

  /** Takes the lease under a fence above every one that the log or the counter has seen. */
  acquire(key: string, ttlMs: number): Promise<LeaseOutcome> {
    return this.#serial.run(async () => {
      const { folded } = await this.#position.catchUp()
      const outcome = await this.#leases.acquire(key, ttlMs, folded.fence).catch((error: unknown) => {
        throw asProblem('a lease cannot be taken', error)
      })
      if (outcome.kind === 'acquired') this.#held.add(outcome.lease)
      return outcome
    })
  }

  renew(lease: Lease, ttlMs: number): Promise<boolean> {
    return this.#serial.run(() => this.#held.renew(lease, ttlMs))
  }

  release(lease: Lease): Promise<void> {
    return this.#serial.run(() => this.#held.release(lease))
  }

  /** The leases that are held now. */
  leases(): Promise<readonly Lease[]> {
    return this.#serial.run(async () => {
      await this.#parts.authority.refresh(false)
      return this.#leases.list()
    })
  }

  clearStaleLocks(): Promise<void> {
    return this.#serial.run(() => this.#parts.authority.clearStaleLocks())
  }

  /** Gives back every lease that is still ours or was a dead process's, and returns them. */
  releaseAll(): Promise<readonly Lease[]> {
    return this.#serial.run(() => this.#held.releaseAll())
  }

  /** Ends every process, after what is under way. */
  async close(): Promise<void> {
    await this.#serial.idle()
    // What cannot be written now is reported by whoever reads the log next.
    await this.#writer.restoreLost().catch(() => undefined)
    await this.#compaction.idle()
    await Promise.all([this.#parts.authority.close(), this.#parts.objects.close()])
  }

  async #append(request: AppendRequest): Promise<GitAppendOutcome> {
    const { authority, clock, holder } = this.#parts
    const body = JSON.parse(JSON.stringify(request.body)) as Event['body']
    const problem = formatError(body)
    if (problem) return refused('illegal', problem)

    await this.#writer.restoreLost()
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) await authority.refresh(true)
      const known = await this.#position.catchUp()
      const earlier = known.folded.operations.get(request.operationId)
      if (earlier !== undefined) return { kind: 'already-recorded', event: await this.#eventAt(earlier) }

      const conditions: RefChange[] = []
      if (request.lease) {
        const check = await this.#leases.check(request.lease)
        // Another process of this clone may have followed an older look at the remote than ours.
        if (check.kind === 'stale' && attempt === 0) continue
        if (check.kind === 'stale') {
          return { kind: 'refused', refusal: { reason: 'stale-fence', held: check.held, offered: request.lease.fence } }
        }
        conditions.push(check.verify)
      }
      const event: Event = {
        version: eventVersion,
        seq: known.folded.seq + 1,
        at: clock.now().toISOString(),
        operationId: request.operationId,
        writer: writerName(holder),
        ...(request.lease ? { fence: request.lease.fence } : {}),
        body,
      }
      const advanced = advance(known.folded, event)
      if (advanced.kind === 'illegal') return refused('illegal', advanced.message)
      const commits = request.commits ?? []
      const unacceptable = await this.#writer.unacceptable(event, commits)
      if (unacceptable) return refused('illegal', unacceptable)

      const next = await this.#writer.write(known, event, advanced.folded, commits)
      const outcome = await authority.transact([...conditions, ...(await this.#position.moveTo(next.tip))])
      if (outcome.kind === 'done') {
        this.#position.movedTo(next)
        this.#compaction.afterEvent(next.folded.seq)
        return {
          kind: 'recorded',
          event,
          entry: { event, changes: advanced.changes, before: known.tip ?? '', tip: next.tip },
        }
      }
      if (attempt === overtakenAtMost) return refused('unavailable', outcome.message)
      if (outcome.kind === 'locked') return refused('unavailable', `the log is locked: ${outcome.message}`)
    }
  }

  async #oidsAfter(after: number): Promise<readonly string[]> {
    const { tip, folded } = await this.#position.catchUp()
    return tip === undefined || folded.seq <= after ? [] : this.#reader.oids(tip, folded.seq - after)
  }

  async #eventAt(seq: number): Promise<Event> {
    const [oid = ''] = await this.#oidsAfter(seq - 1)
    return this.#reader.event(oid)
  }
}

/** How a process signs its entries. */
function writerName({ host, pid }: Holder): string {
  return `${host}/${pid}`
}

function refused(reason: 'illegal' | 'unavailable', message: string): GitAppendOutcome {
  return { kind: 'refused', refusal: { reason, message } }
}

const notRead = 'the run log cannot be read'

/**
 * A failure that a person has to fix. An entry older than the snapshot may be damaged although the state is known: then
 * appending still works, but that entry cannot be read.
 */
function asProblem(what: string, cause: unknown): unknown {
  if (cause instanceof BrokenEntry) {
    return new StoreProblem('log-unreadable', cause.message, 'Run: npx nx-conduct verify-history', { cause })
  }
  if (!(cause instanceof GitError)) return cause
  const next = 'Fix that, then run the same command again; nothing is lost.'
  return new StoreProblem('git', `${what}: ${cause.message}`, next, { cause })
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
