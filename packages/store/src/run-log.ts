import { randomUUID } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import type { AppendOutcome, AppendRequest, Holder, Lease, LeaseOutcome, RunLog, StoreNotice } from './contract.ts'
import type { Event } from './event.ts'
import { GitRunLog } from './git/git-run-log.ts'
import { LocalAuthority } from './git/local-authority.ts'
import { logRefs } from './git/names.ts'
import { ObjectStore } from './git/objects.ts'
import { Scratch } from './git/scratch.ts'
import type { RunState } from './state.ts'
import { StoreProblem } from './store-problem.ts'

export interface OpenRunLogOptions {
  /** The repository's common git directory, absolute. */
  readonly commonDir: string
  /** Name of the spec whose log it is. */
  readonly spec: string
  readonly holder: Holder
  readonly now: () => Date
  /** Milliseconds of a clock that never jumps; by default the process's own. */
  readonly monotonicMs?: () => number
  /** A new name for a scratch folder. */
  readonly newId?: () => string
  /** Environment for git; `GIT_*` in it is ignored. By default the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly redis?: { readonly url: string; readonly mode: 'required' | 'preferred' }
  /** The git remote that is the authority, instead of the local repository. */
  readonly remote?: string
  readonly onNotice: (notice: StoreNotice) => void
}

/**
 * Opens the log of a spec. Nothing is written and no process started before the first call; `close` gives back every
 * lease, ends every process and removes every scratch file. Throws `StoreProblem` for a name that cannot be a ref.
 */
export async function openRunLog(options: OpenRunLogOptions): Promise<RunLog> {
  if (!isAbsolute(options.commonDir)) {
    throw new StoreProblem(
      'git',
      `the git directory has to be absolute, got ${options.commonDir}`,
      'Pass the path that `git rev-parse --git-common-dir` stands for.',
    )
  }
  const refs = logRefs(options.spec)
  const place = { commonDir: options.commonDir, env: options.env ?? process.env }
  const scratch = new Scratch(
    join(
      options.commonDir,
      'conduct',
      'store',
      `${options.spec}.${options.holder.pid}.${(options.newId ?? randomUUID)()}`,
    ),
  )
  const git = new GitRunLog({
    place,
    spec: options.spec,
    refs,
    objects: new ObjectStore(place, scratch),
    authority: new LocalAuthority(place),
    holder: options.holder,
    clock: { now: options.now, monotonicMs: options.monotonicMs ?? (() => performance.now()) },
    onNotice: options.onNotice,
  })
  return new OpenRunLog(git, scratch)
}

class OpenRunLog implements RunLog {
  readonly #git: GitRunLog
  readonly #scratch: Scratch
  #closing: Promise<void> | undefined

  constructor(git: GitRunLog, scratch: Scratch) {
    this.#git = git
    this.#scratch = scratch
  }

  async state(): Promise<RunState> {
    this.#mustBeOpen()
    return this.#git.state()
  }

  async append(request: AppendRequest): Promise<AppendOutcome> {
    this.#mustBeOpen()
    const outcome = await this.#git.append(request)
    if (outcome.kind === 'recorded') return { kind: 'recorded', event: outcome.event }
    return outcome
  }

  async *events(after = 0): AsyncIterable<Event> {
    this.#mustBeOpen()
    yield* this.#git.events(after)
  }

  async acquire(key: string, ttlMs: number): Promise<LeaseOutcome> {
    this.#mustBeOpen()
    return this.#git.acquire(key, ttlMs)
  }

  async renew(lease: Lease, ttlMs: number): Promise<boolean> {
    this.#mustBeOpen()
    return this.#git.renew(lease, ttlMs)
  }

  async release(lease: Lease): Promise<void> {
    if (this.#closing) return
    await this.#git.release(lease)
  }

  announce(_progress: Readonly<Record<string, unknown>>): void {}

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#git.close()
    await this.#scratch.remove()
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new StoreProblem('closed', `the run log is closed`, 'Open it again with openRunLog.')
  }
}
