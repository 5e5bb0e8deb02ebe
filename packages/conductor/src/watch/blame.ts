import type { ChangedRef, HeadMoves, Oid, RefMove, UserHeads } from '@nx-conduct/git'
import { shellWord } from '@nx-conduct/spec'

/** What an agent's session left behind in git. */
export interface SessionTraces {
  /** The commit that its worktree was at. */
  readonly base: Oid
  readonly moves: HeadMoves
  /** No other agent works at the same commit. */
  readonly isAlone: boolean
}

/** What is known of a ref of the user's that changed. */
export interface RefFacts {
  /** The commit it leads to. */
  readonly commit: Oid | undefined
  /** Of that commit. */
  readonly parent: Oid | undefined
  readonly subject: string
  readonly history: readonly RefMove[]
  readonly users: UserHeads
}

const stash = 'refs/stash'

/**
 * Whether it is shown that this session moved a ref of the user's: to a commit that was made in its worktree, on a branch that its
 * worktree was on, or from a place where only it was. A person may do the same elsewhere at any time, so nothing less counts.
 */
export function isShown({ ref, before, after }: ChangedRef, traces: SessionTraces, facts: RefFacts): boolean {
  const { base, moves, isAlone } = traces
  if (after === undefined) return false
  if (ref === stash) {
    // The checkouts of users are on branches, as a rule, and a stash names the branch.
    if (!/^(?:WIP on|On) \(no branch\): /.test(facts.subject) || facts.parent === undefined) return false
    return moves.made.has(facts.parent) || (isAlone && facts.parent === base && !facts.users.detached.has(base))
  }
  if (facts.commit !== undefined && moves.made.has(facts.commit)) return true
  if (!ref.startsWith('refs/heads/')) return false
  if (moves.branches.get(ref.slice('refs/heads/'.length))?.has(after) === true) return true
  const why = facts.history.at(-1)?.why
  const wanted = before === undefined ? 'branch: Created from HEAD' : 'branch: Reset to HEAD'
  return why === wanted && after === base && isAlone && !facts.users.on.has(base)
}

/** The command that undoes a change. It does nothing where the ref has moved on, and loses nothing: the work is in a commit of the run. */
export function undoCommand({ ref, before, after = '' }: ChangedRef, history: readonly RefMove[]): string {
  const name = shellWord(ref)
  if (ref === stash) {
    // A stash is a stack, which is its reflog.
    const count = history.length - 1 - history.findLastIndex(({ to }) => to === before)
    const drops = Array.from({ length: Math.max(1, count) }, () => 'git stash drop')
    return [`test "$(git rev-parse ${name})" = ${after}`, ...drops].join(' && ')
  }
  const [, remote, branch] = /^refs\/remotes\/([^/]+)\/(.+)$/.exec(ref) ?? []
  if (remote !== undefined && branch !== undefined) {
    const there = `refs/heads/${branch}`
    return `git push ${shellWord(`--force-with-lease=${there}:${after}`)} ${shellWord(remote)} ${shellWord(`${before ?? ''}:${there}`)}`
  }
  return before === undefined ? `git update-ref -d ${name} ${after}` : `git update-ref ${name} ${before} ${after}`
}

/** A ref as people call it. */
export function shortName(ref: string): string {
  if (ref === stash) return 'the stash'
  return ref
    .replace(/^refs\/heads\//, 'branch ')
    .replace(/^refs\/tags\//, 'tag ')
    .replace(/^refs\/remotes\//, '')
}
