import { join } from 'node:path'
import {
  type ChangedRef,
  changedRefs,
  changedSettings,
  headMovesSince,
  headMovesSoFar,
  type Oid,
  RefReader,
  type RefsRead,
  type Repository,
  refMoves,
  type SettingsRead,
  SettingsReader,
} from '@nx-conduct/git'
import { type SpecRefs, specRefs } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import type { Checkouts } from '../checkouts/checkout.ts'
import type { Surroundings } from '../run/surroundings.ts'
import type { Workspace } from '../run/workspace.ts'
import { isShown, type SessionTraces, shortName, undoCommand } from './blame.ts'
import { restoreRefs } from './restore-refs.ts'
import { factsOf, mayBeConductors, resultsIn } from './user-refs.ts'

/** Refs of the user's that an agent was shown to have changed. */
export interface Touched {
  readonly message: string
  /** The commands that undo it. */
  readonly hint: string
}

/** One agent's session or command while it runs. */
export interface Watched {
  /** Compares, puts back what is ours, reports the rest. Returns what this session, and nobody else, was shown to have done. */
  end(): Promise<Touched | undefined>
  /** It is over: what happens from here on is not its doing. */
  close(): void
}

export interface SessionPlace {
  /** e.g. `the implementation-executor of add worked` */
  readonly what: string
  /** Git's folder of the worktree it works in. */
  readonly adminDir: string
  /** That the worktree is at. */
  readonly commit: Oid
}

export interface WatchParts {
  readonly workspace: Pick<Workspace, 'repository' | 'objects'>
  readonly spec: string
  readonly log: Pick<RunLog, 'state'>
  readonly checkouts: Pick<Checkouts, 'folder' | 'restoreRegistrations'>
  readonly report: Surroundings['report']
}

interface Window {
  readonly what: string
  readonly refs: RefsRead
  readonly settings: SettingsRead
  readonly session?: SessionPlace & { readonly headMoves: number }
}

/** A fetch may bring hundreds. */
const mostNamed = 3

/**
 * Compares the repository's refs, settings, hooks and worktrees before and after each agent and each command. Agents work in the
 * user's repository, where people work, too. What is ours is put back, if it is shown that nothing of ours changed it. What is the user's
 * is reported, each change once, whoever works at the time.
 */
export class RepositoryWatch {
  readonly #parts: WatchParts
  readonly #own: SpecRefs
  readonly #refs: RefReader
  readonly #settings: SettingsReader
  readonly #sessions = new Set<Window>()
  readonly #reported = new Set<string>()

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#own = specRefs(parts.spec)
    this.#refs = new RefReader(parts.workspace.repository)
    this.#settings = new SettingsReader(parts.workspace.repository)
  }

  /** Watches while a command runs. `what`: e.g. `npm test ran`. */
  async around<T>(what: string, run: () => Promise<T>): Promise<T> {
    const before = await this.#read(what)
    const result = await run()
    await this.#compare(before)
    return result
  }

  /** Watches an agent's session from here on. */
  async session(place: SessionPlace): Promise<Watched> {
    const read = await this.#read(place.what)
    const window: Window = { ...read, session: { ...place, headMoves: await headMovesSoFar(place.adminDir) } }
    this.#sessions.add(window)
    return {
      end: () => this.#compare(window),
      close: () => this.#sessions.delete(window),
    }
  }

  async #read(what: string): Promise<Window> {
    return { what, refs: await this.#refs.read(), settings: this.#settings.read() }
  }

  async #compare(before: Window): Promise<Touched | undefined> {
    const { what } = before
    const now = await this.#read(what)
    this.#compareSettings(before, now.settings)
    const { workspace, log, checkouts } = this.#parts
    const worktrees = await checkouts.restoreRegistrations()
    const changes = changedRefs(before.refs, now.refs)
    const own = changes.filter(({ ref }) => ref.startsWith(`${this.#own.root}/`))
    const restoring = { workspace, log, refs: this.#own, folder: checkouts.folder }
    this.#reportRestored(what, [
      ...worktrees.map(({ top, why }) => `the worktree ${top} (${why.join(', ')})`),
      ...(await restoreRefs(restoring, own, now.refs)),
    ])
    const users = changes.filter(({ ref }) => !ref.startsWith('refs/conduct/'))
    return users.length === 0 ? undefined : this.#judge(before, users, now.refs)
  }

  async #judge(before: Window, changes: readonly ChangedRef[], now: RefsRead): Promise<Touched | undefined> {
    const { workspace, log } = this.#parts
    const { repository } = workspace
    const traces = new Map<Window, SessionTraces>()
    for (const each of this.#sessions) traces.set(each, await this.#tracesOf(each))
    // After the refs: the log names where a branch goes before it is moved.
    const results = resultsIn(await log.state())
    const shown: ChangedRef[] = []
    const others: ChangedRef[] = []
    for (const change of changes) {
      if (change.after !== undefined && results.has(change.after)) continue
      const facts = await factsOf(repository, change, [before.refs, now])
      const makers = [...traces].filter(([, each]) => isShown(change, each, facts)).map(([each]) => each)
      if (makers.includes(before)) shown.push(change)
      // What another session did is reported when that ends.
      else if (makers.length === 0 && !(await mayBeConductors(workspace, change, results))) others.push(change)
    }
    this.#reportChanges(before.what, others)
    return shown.length === 0 ? undefined : touchedBy(repository, shown)
  }

  async #tracesOf({ session }: Window): Promise<SessionTraces> {
    const { adminDir = '', commit: base = '', headMoves = 0 } = session ?? {}
    const same = [...this.#sessions].filter((each) => each.session?.commit === base)
    return { base, moves: await headMovesSince(adminDir, headMoves), isAlone: same.length === 1 }
  }

  #reportChanges(what: string, changes: readonly ChangedRef[]): void {
    const fresh = changes.filter(({ ref, after }) => this.#isNew(`${ref} ${after}`))
    if (fresh.length === 0) return
    this.#parts.report({
      type: 'notice',
      severity: 'info',
      code: 'repository-refs-changed',
      message: `while ${what}, ${namesOf(fresh)} changed; if that was not you, see: git reflog --all`,
    })
  }

  #compareSettings({ what, settings }: Window, now: SettingsRead): void {
    const fresh = changedSettings(settings, now).filter((path) => this.#isNew(`${path} ${now.get(path)}`))
    const [first] = fresh
    if (first === undefined) return
    this.#parts.report({
      type: 'notice',
      severity: 'warning',
      code: 'repository-settings-changed',
      message: `while ${what}, ${fresh.map((path) => `.git/${path}`).join(', ')} changed: agents and commands have no reason to`,
      hint: `If it was not you, undo it before you use git here: look at ${join(this.#parts.workspace.repository.commonDir, first)}`,
    })
  }

  #reportRestored(what: string, restored: readonly string[]): void {
    if (restored.length === 0) return
    this.#parts.report({
      type: 'notice',
      severity: 'error',
      code: 'repository-restored',
      message: `while ${what}, something changed what belongs to the run: ${restored.join('; ')}; it is put back`,
      hint: 'If an agent of this run did that, its phase deserves a look: only nx-conduct writes under refs/conduct/ and to its worktrees.',
    })
  }

  #isNew(change: string): boolean {
    if (this.#reported.has(change)) return false
    this.#reported.add(change)
    return true
  }
}

async function touchedBy(repository: Repository, shown: readonly ChangedRef[]): Promise<Touched> {
  const commands = await Promise.all(
    shown.map(async (change) => undoCommand(change, await refMoves(repository, change.ref))),
  )
  return {
    message: `the agent changed ${namesOf(shown)} in the repository, which is not an agent's to change`,
    hint: `Undo it with: ${commands.join(' && ')}`,
  }
}

function namesOf(changes: readonly ChangedRef[]): string {
  const named = changes.slice(0, mostNamed).map(({ ref }) => shortName(ref))
  const rest = changes.length - named.length
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
