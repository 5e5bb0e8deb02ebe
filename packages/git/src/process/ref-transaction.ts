import type { GitPlace } from './environment.ts'
import { GitError, lockFileIn, stderrOf } from './git-error.ts'
import { GitPipe, parseLines } from './git-pipe.ts'
import { git } from './run-git.ts'

/** One ref's part in a transaction, on a condition. */
export type RefChange =
  /** `from: undefined`: the ref must not exist. */
  | { readonly kind: 'set'; readonly ref: string; readonly to: string; readonly from: string | undefined }
  | { readonly kind: 'delete'; readonly ref: string; readonly from: string }
  | { readonly kind: 'verify'; readonly ref: string; readonly is: string }

/** The same, whatever the ref is now. */
export type RefOverwrite =
  | { readonly kind: 'overwrite'; readonly ref: string; readonly to: string }
  | { readonly kind: 'remove'; readonly ref: string }

export type RefOutcome =
  | { readonly kind: 'done' }
  /** A ref was not what the transaction expected; nothing was changed. */
  | { readonly kind: 'moved'; readonly message: string }
  /** A ref is locked by another process, living or dead; nothing was changed. */
  | { readonly kind: 'locked'; readonly message: string; readonly lockFile: string }

/**
 * Compare-and-swap of several refs at once: all changes happen, durably, or none. `reason` goes into the reflogs, where
 * there are any. Throws {@link GitError} when git fails for another reason.
 */
export async function transactRefs(
  place: GitPlace,
  changes: readonly (RefChange | RefOverwrite)[],
  reason: string,
): Promise<RefOutcome> {
  return outcomeOf(
    git(place, ['update-ref', '--no-deref', '-m', reason, '--stdin'], { input: encodeTransaction(changes) }),
  )
}

/** After how long without a request the process ends; the next one starts it again. */
const idleMs = 10_000

/** The same through one long-lived process, for callers that change refs many times. */
export class RefPipe {
  readonly #updates: GitPipe

  constructor(place: GitPlace) {
    this.#updates = new GitPipe(place, ['update-ref', '--no-deref', '--stdin'], { idleMs })
  }

  /** A refused transaction ends `update-ref --stdin`; the next one starts a new process. */
  async transact(changes: readonly (RefChange | RefOverwrite)[]): Promise<RefOutcome> {
    return outcomeOf(this.#updates.ask(encodeTransaction(changes), parseLines(2)))
  }

  close(): Promise<void> {
    return this.#updates.close()
  }
}

async function outcomeOf(transaction: Promise<unknown>): Promise<RefOutcome> {
  try {
    await transaction
    return { kind: 'done' }
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const stderr = stderrOf(error)
    const lockFile = lockFileIn(stderr)
    if (lockFile !== undefined) return { kind: 'locked', message: error.message, lockFile }
    if (/but expected|reference already exists|unable to resolve reference/.test(stderr)) {
      return { kind: 'moved', message: error.message }
    }
    throw error
  }
}

function encodeTransaction(changes: readonly (RefChange | RefOverwrite)[]): string {
  return `start\n${changes.map(encodeChange).join('')}commit\n`
}

function encodeChange(change: RefChange | RefOverwrite): string {
  if (/[\s\0]/.test(change.ref)) throw new GitError(`${JSON.stringify(change.ref)} cannot be the name of a ref.`)
  switch (change.kind) {
    case 'set':
      return `update ${change.ref} ${change.to} ${change.from ?? noObject(change.to)}\n`
    case 'delete':
      return `delete ${change.ref} ${change.from}\n`
    case 'verify':
      return `verify ${change.ref} ${change.is}\n`
    case 'overwrite':
      return `update ${change.ref} ${change.to}\n`
    case 'remove':
      return `delete ${change.ref}\n`
    default:
      return change satisfies never
  }
}

/** The id that stands for "no object", as long as the repository's ids are. */
function noObject(like: string): string {
  return '0'.repeat(like.length)
}
