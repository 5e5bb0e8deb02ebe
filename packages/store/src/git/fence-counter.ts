import { type FoundObject, GitError, type GitPlace, type ObjectPipes } from '@nx-conduct/git/process'
import type { StoreNotice } from '../contract.ts'
import { StoreProblem } from '../store-problem.ts'
import { readTip } from './log-tip.ts'
import type { LogRefs } from './names.ts'

export type Counter =
  | { readonly kind: 'at'; readonly oid: string | undefined; readonly value: number }
  | { readonly kind: 'damaged'; readonly oid: string }

/** More fences than were ever given out between two events of a log. */
const lostCounterGap = 1_000_000_000

/** Half of what a number can hold: a counter that was pushed to the end of the numbers is damaged, not high. */
const highestPossible = 2 ** 52

export function isFence(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= highestPossible
}

/** Reads the counter. `careful`: a counter that is not found may be damaged; it costs a git process to know. */
export async function readCounter(
  place: GitPlace,
  objects: ObjectPipes,
  ref: string,
  careful: boolean,
): Promise<Counter> {
  const found = await readUndamaged(objects, ref)
  if (found) {
    const text = found.content.toString('utf8').trimEnd()
    const value = Number(text)
    return /^\d+$/.test(text) && isFence(value)
      ? { kind: 'at', oid: found.oid, value }
      : { kind: 'damaged', oid: found.oid }
  }
  const tip = careful ? await readTip(place, objects, ref) : undefined
  return tip?.kind === 'at' ? { kind: 'damaged', oid: tip.oid } : { kind: 'at', oid: undefined, value: 0 }
}

/**
 * The next fence: above the counter and above every fence in `known`. A damaged counter is replaced by one that it cannot
 * have reached. Throws `StoreProblem` when the log has come to the end of the numbers.
 */
export function nextFence(counter: Counter, known: readonly number[], refs: LogRefs): number {
  const highest = Math.max(0, ...known)
  const fence = counter.kind === 'damaged' ? highest + lostCounterGap + 1 : Math.max(highest, counter.value) + 1
  if (!isFence(fence)) throw usedUp(highest, refs)
  return fence
}

/** The object behind a name; `undefined` when there is none, and for one that git cannot read. */
export async function readUndamaged(objects: ObjectPipes, name: string): Promise<FoundObject | undefined> {
  try {
    return await objects.read(name)
  } catch (error) {
    if (error instanceof GitError) return undefined
    throw error
  }
}

export function repairedNotice(ref: string, fence: number): StoreNotice {
  return {
    code: 'fence-repaired',
    severity: 'warning',
    message: `the counter of fences at ${ref} held no number that it can have given out; it continues at ${fence}, above every fence of the log`,
  }
}

function usedUp(known: number, { log, fence, broken }: LogRefs): StoreProblem {
  return new StoreProblem(
    'git',
    `the run log holds fence ${known}, and no number is left above it`,
    `Start a new log; the old one stays readable: git update-ref ${broken('used-up')} ${log} && git update-ref -d ${log} && git update-ref -d ${fence}`,
  )
}
