import {
  type ChangedRef,
  type Oid,
  type RefsRead,
  type Repository,
  readCommit,
  refMoves,
  userHeads,
} from '@nx-conduct/git'
import type { RunState } from '@nx-conduct/store'
import type { ObjectCache } from '../reuse/object-cache.ts'
import { conductIdentity } from '../run/identity.ts'
import type { RefFacts } from './blame.ts'

/** Every commit that the run log names as a result: where a run's end moves a branch to, or keeps it. */
export function resultsIn({ runs, steps }: Pick<RunState, 'runs' | 'steps'>): ReadonlySet<Oid> {
  const results = new Set<Oid>()
  for (const { landing, finalized } of Object.values(runs)) {
    if (landing !== undefined) results.add(landing.to)
    if (finalized !== undefined) results.add(finalized.to)
  }
  for (const { step, result } of Object.values(steps)) {
    if (step === 'finalize' && result !== undefined) results.add(result.commit)
  }
  return results
}

/** What is known of a change of a ref of the user's between two readings. */
export async function factsOf(
  repository: Repository,
  { ref, after }: ChangedRef,
  readings: readonly RefsRead[],
): Promise<RefFacts> {
  const commit = after === undefined ? undefined : await repository.objects.resolve(after, 'commit')
  const record = commit === undefined ? undefined : await readCommit(repository, commit)
  return {
    commit,
    parent: record?.parents[0],
    subject: record?.message.split('\n', 1)[0] ?? '',
    history: await refMoves(repository, ref),
    users: await userHeads(repository, readings),
  }
}

/**
 * Whether a conductor may have made this change of a branch: the end of another spec's run moves it forward to a commit of
 * ours, and `clean` removes the branch of a result.
 */
export async function mayBeConductors(
  { repository, objects }: { readonly repository: Repository; readonly objects: Pick<ObjectCache, 'isAncestor'> },
  { ref, before, after }: ChangedRef,
  results: ReadonlySet<Oid>,
): Promise<boolean> {
  if (!ref.startsWith('refs/heads/')) return false
  if (after === undefined) return before !== undefined && results.has(before)
  if (results.has(after)) return true
  const isOurs = await readCommit(repository, after).then(
    ({ authorEmail }) => authorEmail === conductIdentity.email,
    () => false,
  )
  return isOurs && (before === undefined || (await objects.isAncestor(before, after)))
}
