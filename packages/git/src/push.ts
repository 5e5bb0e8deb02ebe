import type { Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { git } from './process/index.ts'

/** Sets refs of a remote to commits that are here, whatever they were. Throws when the remote cannot be reached or refuses. */
export async function pushRefs(
  repo: Repository,
  remote: string,
  refs: readonly { readonly ref: string; readonly oid: Oid }[],
): Promise<void> {
  if (refs.length === 0) return
  const moves = refs.map(({ ref, oid }) => `+${oid}:${ref}`)
  await git(placeOf(repo), ['push', '--quiet', '--no-verify', '--', remote, ...moves], { remote: true })
}
