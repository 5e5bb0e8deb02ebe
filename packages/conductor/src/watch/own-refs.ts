import type { ChangedRef, Oid } from '@nx-conduct/git'
import type { SpecRefs } from '@nx-conduct/spec'

/** What tells whether a change of a run's ref can be ours. */
export interface OwnFacts {
  /** Commits that the run log names as accepted for a phase. */
  readonly accepted: ReadonlySet<Oid>
  /** What archive refs hold now. */
  readonly archived: ReadonlySet<Oid>
  /** Whether a checkout of the user's has a commit in its history. */
  isMerged(commit: Oid): Promise<boolean>
  /** Whether a commit marks an epoch. */
  marksEpoch(commit: Oid): Promise<boolean>
  /** Whether the checkout is there for which a ref holds a commit. */
  isCheckout(name: string): Promise<boolean>
}

/** Whether changes of a ref are judged here. Leases, the fence and the log have checks of their own, and the remote decides about its copies. */
export function isJudged(ref: string, refs: SpecRefs): boolean {
  return foldersOf(refs).some((folder) => ref.startsWith(`${folder}/`))
}

function foldersOf({ checkpoints, epochs, refusals, archives, saves, held, root }: SpecRefs): readonly string[] {
  return [checkpoints, epochs, refusals, archives, saves, held, `${root}/broken`]
}

/**
 * Whether no conductor can have made this change of one of a spec's refs, so that it is put back. What another conductor may have
 * done, in this process or elsewhere, is not wrong.
 */
export async function isWrong(change: ChangedRef, refs: SpecRefs, facts: OwnFacts): Promise<boolean> {
  const { ref, before, after } = change
  const isBelow = (folder: string): boolean => ref.startsWith(`${folder}/`)
  if (isBelow(refs.checkpoints)) {
    // The log names a commit before the ref is moved.
    if (after !== undefined) return !facts.accepted.has(after) && (before === undefined || facts.accepted.has(before))
    // `redo` and `clean --force` archive it first; `clean` removes what is merged.
    return (
      before !== undefined &&
      facts.accepted.has(before) &&
      !facts.archived.has(before) &&
      !(await facts.isMerged(before))
    )
  }
  if (isBelow(refs.epochs)) return after === undefined || !(await facts.marksEpoch(after))
  // Nothing of ours removes these.
  if (isBelow(refs.refusals)) return after === undefined
  if (isBelow(refs.archives) || isBelow(refs.saves) || isBelow(`${refs.root}/broken`)) return before !== undefined
  // The folder goes first.
  if (isBelow(refs.held)) return after === undefined && facts.isCheckout(ref.slice(refs.held.length + 1))
  return false
}
