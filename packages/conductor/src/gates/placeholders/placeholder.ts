import type { unfinishedKinds } from '@nx-conduct/spec'

/** Kinds of unfinished work; a phase may allow each by name. */
export type PlaceholderKind = (typeof unfinishedKinds)[number]

/** Unfinished work in a file. */
export interface Placeholder {
  readonly kind: PlaceholderKind
  /** First and last line of it, from 1. */
  readonly from: number
  readonly to: number
}

/** Whether a message says that something was not written. */
export function saysNotImplemented(message: string): boolean {
  return /^\W*(?:\S+(?: \S+)? (?:is|has|are) )?(?:not (?:yet )?(?:been )?implemented|unimplemented|to ?do\b|implement me)/i.test(
    message,
  )
}
