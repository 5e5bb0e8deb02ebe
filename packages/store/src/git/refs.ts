import { AnsweringProcess, takeLines } from './answering-process.ts'
import type { GitPlace } from './environment.ts'
import { GitFailure } from './git-failure.ts'

/** One ref's part in a transaction. `from: undefined` = the ref must not exist. */
export type RefChange =
  | { readonly kind: 'set'; readonly ref: string; readonly to: string; readonly from: string | undefined }
  | { readonly kind: 'delete'; readonly ref: string; readonly from: string }
  | { readonly kind: 'verify'; readonly ref: string; readonly is: string }

/** A transaction that is overtaken this often is not losing races: something else is wrong with the repository. */
export const overtakenAtMost = 100

export type RefOutcome =
  | { readonly kind: 'done' }
  /** A ref was not what the transaction expected; nothing was changed. */
  | { readonly kind: 'moved'; readonly message: string }
  /** A ref is locked by another process, living or dead; nothing was changed. */
  | { readonly kind: 'locked'; readonly message: string; readonly lockFile: string }

/** Compare-and-swap on several refs at once: all of a transaction's changes happen, durably, or none. */
export class RefStore {
  readonly #updates: AnsweringProcess

  constructor(place: GitPlace) {
    this.#updates = new AnsweringProcess(place, ['update-ref', '--no-deref', '--stdin'])
  }

  async transact(changes: readonly RefChange[]): Promise<RefOutcome> {
    const lines = changes.map((change) => {
      switch (change.kind) {
        case 'set':
          return `update ${change.ref} ${change.to} ${change.from ?? noObject(change.to)}\n`
        case 'delete':
          return `delete ${change.ref} ${change.from}\n`
        case 'verify':
          return `verify ${change.ref} ${change.is}\n`
        default:
          return change satisfies never
      }
    })
    try {
      await this.#updates.ask(`start\n${lines.join('')}commit\n`, takeLines(2))
      return { kind: 'done' }
    } catch (error) {
      // A refused transaction ends `update-ref --stdin`; the next request starts a new one.
      if (error instanceof GitFailure) {
        const lockFile = /Unable to create '(.+\.lock)'/.exec(error.stderr)?.[1]
        if (lockFile !== undefined) return { kind: 'locked', message: error.message, lockFile }
        if (/but expected|reference already exists|unable to resolve reference/.test(error.stderr))
          return { kind: 'moved', message: error.message }
      }
      throw error
    }
  }

  close(): Promise<void> {
    return this.#updates.close()
  }
}

/** The id that stands for "no object", as long as the repository's ids are. */
function noObject(like: string): string {
  return '0'.repeat(like.length)
}
