import type { Oid, Repository } from './contract.ts'
import { git, placeOf } from './run.ts'

/** Sets refs of a remote to commits that are here, whatever they were. Throws when the remote cannot be reached or refuses. */
export async function pushRefs(
  repo: Repository,
  remote: string,
  refs: readonly { readonly ref: string; readonly oid: Oid }[],
): Promise<void> {
  if (refs.length === 0) return
  await git(placeOf(repo), [
    'push',
    '--quiet',
    '--no-verify',
    '--',
    remote,
    ...refs.map(({ ref, oid }) => `+${oid}:${ref}`),
  ])
}
