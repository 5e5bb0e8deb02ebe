import {
  GitError,
  type GitPlace,
  gitText,
  type RefChange,
  type RefOutcome,
  stderrOf,
  withoutLogins,
} from '@nx-conduct/git/process'
import type { StoreNotice } from '../contract.ts'
import { StoreProblem } from '../store-problem.ts'
import type { Waits } from '../waits.ts'
import type { Authority } from './authority.ts'
import type { LogRefs } from './names.ts'

/** The messages of git's client and server for a ref that is no longer what we expected. */
const overtaken =
  /stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to update ref|incorrect old value|reference already exists|atomic push failed|atomic transaction failed/

/**
 * A shared repository as the authority: a transaction is one atomic push with a lease per ref. What the remote holds
 * is tracked under refs of their own; the local refs follow them, so that everything is read locally.
 */
export class RemoteAuthority implements Authority {
  readonly #place: GitPlace
  readonly #remote: string
  readonly #refs: LogRefs
  readonly #local: Authority
  readonly #monotonicMs: () => number
  readonly #onNotice: (notice: StoreNotice) => void
  readonly #waits: Waits
  #tracked: ReadonlyMap<string, string> = new Map()
  #freshMs: number | undefined
  /** The remote did not answer in time. */
  #away: { readonly error: GitError; readonly sinceMs: number } | undefined
  #unreachable = false

  constructor(parts: {
    readonly place: GitPlace
    readonly remote: string
    readonly refs: LogRefs
    readonly local: Authority
    readonly monotonicMs: () => number
    readonly onNotice: (notice: StoreNotice) => void
    readonly waits: Waits
  }) {
    if (!/^[A-Za-z0-9/.~][^\s\0]*$/.test(parts.remote) || parts.remote.startsWith('ext::')) {
      throw new StoreProblem(
        'remote',
        `${JSON.stringify(parts.remote)} cannot be the remote of a run log`,
        'Name a remote of this repository: git remote -v',
      )
    }
    this.#place = parts.place
    this.#remote = parts.remote
    this.#refs = parts.refs
    this.#local = parts.local
    this.#monotonicMs = parts.monotonicMs
    this.#onNotice = parts.onNotice
    this.#waits = parts.waits
  }

  /** Throws `GitError` when the remote cannot be reached and `now` asks for certainty; else keeps to what is known, with a notice. */
  async refresh(now: boolean): Promise<void> {
    if (!now && this.#freshMs !== undefined && this.#monotonicMs() - this.#freshMs < this.#waits.remoteFreshMs) return
    try {
      this.#mustNotBeAway()
      await this.#fetch()
    } catch (error) {
      this.#remember(error)
      if (!(error instanceof GitError) || now) throw error
      if (!this.#unreachable) {
        this.#onNotice({
          code: 'remote-unreachable',
          severity: 'warning',
          message: `${withoutLogins(this.#remote)} cannot be reached, so the run log is shown as it was last seen: ${stderrOf(error) || error.message}`,
          hint: 'Nothing can be recorded until the remote is back.',
        })
      }
      this.#unreachable = true
      this.#freshMs = this.#monotonicMs()
      // What the last fetch saw is older than what was pushed since: following it would take our own leases back.
      return
    }
    this.#unreachable = false
    this.#away = undefined
    this.#freshMs = this.#monotonicMs()
    await this.#follow()
  }

  async transact(changes: readonly RefChange[]): Promise<RefOutcome> {
    const conditions = changes.filter((change) => change.kind === 'verify')
    const moves = changes.filter((change) => change.kind !== 'verify')
    if (conditions.length > 0) {
      const outcome = await this.#local.transact(conditions)
      if (outcome.kind !== 'done') return outcome
    }
    // A condition is pushed as an unchanged ref: the remote refuses the whole push when its ref is another by now.
    const leases = changes.map((change) => `--force-with-lease=${change.ref}:${expectation(change, this.#tracked)}`)
    const specs = changes.map((change) => {
      if (change.kind === 'set') return `${change.to}:${change.ref}`
      return change.kind === 'delete' ? `:${change.ref}` : `${change.is}:${change.ref}`
    })
    this.#mustNotBeAway()
    try {
      await gitText(this.#place, ['push', '--atomic', '--quiet', '--no-verify', ...leases, this.#remote, ...specs], {
        remote: true,
        timeoutMs: this.#waits.remoteAnswerMs,
      })
    } catch (error) {
      if (error instanceof GitError && overtaken.test(stderrOf(error))) {
        this.#freshMs = undefined
        return { kind: 'moved', message: error.message }
      }
      this.#remember(error)
      throw error
    }
    this.#away = undefined
    const tracked = new Map(this.#tracked)
    for (const change of moves) {
      if (change.kind === 'set') tracked.set(change.ref, change.to)
      else tracked.delete(change.ref)
    }
    this.#tracked = tracked
    // The push has decided. Another process of this clone may have followed it already; then there is nothing to do.
    const local = await this.#local.transact(moves)
    if (local.kind === 'moved') await this.refresh(true)
    return local.kind === 'locked' ? local : { kind: 'done' }
  }

  /** Many operations may be waiting: each would wait for a remote that did not answer a moment ago. */
  #mustNotBeAway(): void {
    const away = this.#away
    if (away && this.#monotonicMs() - away.sinceMs < this.#waits.remoteAwayMs) throw away.error
  }

  #remember(error: unknown): void {
    if (error === this.#away?.error) return
    if (error instanceof GitError && error.isTooLate) this.#away = { error, sinceMs: this.#monotonicMs() }
  }

  close(): Promise<void> {
    return this.#local.close()
  }

  clearStaleLocks(): Promise<void> {
    return this.#local.clearStaleLocks()
  }

  /** Reads what the remote holds. Trailing wildcards, because a plain name that is not there would be an error. */
  async #fetch(): Promise<void> {
    const { log, fence, leases, remote } = this.#refs
    const specs = [log, fence, `${leases}/`].map((ref) => `+${ref}*:${remote(ref)}*`)
    await gitText(
      this.#place,
      [
        'fetch',
        '--quiet',
        '--prune',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-gc',
        '--no-recurse-submodules',
        this.#remote,
        ...specs,
      ],
      { remote: true, timeoutMs: this.#waits.remoteAnswerMs },
    )
  }

  /** Moves the local refs to the remote's. A local log that is ahead stays; its entries go with the next push. */
  async #follow(): Promise<void> {
    const { log, fence, leases, remote } = this.#refs
    const listed = await gitText(this.#place, [
      'for-each-ref',
      '--format=%(refname) %(objectname)',
      log,
      fence,
      leases,
      remote(log),
      remote(fence),
      remote(leases),
    ])
    const here = new Map<string, string>()
    const there = new Map<string, string>()
    for (const line of listed.trim().split('\n').filter(Boolean)) {
      const [ref = '', oid = ''] = line.split(' ')
      const tracks = this.#refs.trackedBy(ref)
      if (tracks === undefined) here.set(ref, oid)
      else there.set(tracks, oid)
    }
    this.#tracked = there
    const moves: RefChange[] = []
    for (const ref of new Set([...here.keys(), ...there.keys()])) {
      const [from, to] = [here.get(ref), there.get(ref)]
      if (from === to) continue
      if (ref === log && from !== undefined && (to === undefined || !(await this.#contains(to, from)))) {
        if (to === undefined || (await this.#contains(from, to))) continue
        throw new StoreProblem(
          'remote',
          `the run log here and the one of ${withoutLogins(this.#remote)} have parted; both hold events the other has not`,
          `Keep ours with: git push --force ${this.#remote} ${log}:${log} – or theirs with: git update-ref ${log} ${to}`,
        )
      }
      if (to !== undefined) moves.push({ kind: 'set', ref, to, from })
      else if (from !== undefined) moves.push({ kind: 'delete', ref, from })
    }
    if (moves.length > 0) await this.#local.transact(moves)
  }

  /** Whether `newer` is `older` or has it among its ancestors. */
  async #contains(newer: string, older: string): Promise<boolean> {
    return (await gitText(this.#place, ['rev-list', '--max-count=1', older, '--not', newer])).trim() === ''
  }
}

function expectation(change: RefChange, tracked: ReadonlyMap<string, string>): string {
  return change.kind === 'verify' ? change.is : (tracked.get(change.ref) ?? '')
}
