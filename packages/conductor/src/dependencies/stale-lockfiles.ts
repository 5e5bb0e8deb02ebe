import { changedPaths, type Oid } from '@nx-conduct/git'
import { inWorkspace, type Workspace } from '../run/workspace.ts'
import { asksForTheSame } from './manifests.ts'
import { isLockfile, isManifest, type Lockfile, lockfilesIn } from './package-managers.ts'

export interface MergedTree {
  readonly tree: Oid
  /** Trees that went into it, the base included. */
  readonly sides: readonly Oid[]
  /** Those of them whose lockfiles agree with their manifests. */
  readonly trusted: readonly Oid[]
  /** Workspace-relative paths of lockfiles that were in conflict, of which one side was taken. */
  readonly settled: readonly string[]
}

/**
 * The lockfiles of a merged tree that may not agree with its manifests: one side of a conflict, two changes that git merged as text,
 * or manifests that no trusted side has.
 */
export async function staleLockfiles(
  workspace: Pick<Workspace, 'prefix' | 'repository' | 'objects'>,
  { tree, sides, trusted, settled }: MergedTree,
): Promise<readonly Lockfile[]> {
  const changes = await Promise.all(trusted.map((side) => changedPaths(workspace.repository, side, tree)))
  const deciding = changes.map((changed) =>
    changed.map(({ path }) => inWorkspace(workspace, path)).filter((path) => isLockfile(path) || isManifest(path)),
  )
  if (settled.length === 0 && deciding.some((paths) => paths.length === 0)) return []
  const stale: Lockfile[] = []
  for (const lockfile of await lockfilesIn(workspace, tree)) {
    const { path, folder, manager } = lockfile
    // People write `requirements.txt`; go and deno complete their lockfiles themselves.
    const isGenerated = manager.manifests.length > 0 && manager.install !== undefined
    if (manager.lock === undefined && !isGenerated) continue
    const isUntouched = deciding.some((paths) => !paths.some((each) => folder === '' || each.startsWith(`${folder}/`)))
    if (isUntouched && !settled.includes(path)) continue
    if (settled.includes(path)) {
      stale.push(lockfile)
      continue
    }
    const lockedIn = async (of: Oid) => (await workspace.objects.blobs(of, [path]))[path]
    const locked = await lockedIn(tree)
    const [ofSides, ofTrusted] = await Promise.all([sides, trusted].map((trees) => Promise.all(trees.map(lockedIn))))
    const isMergedText = !ofSides?.includes(locked)
    // Where nothing can make it again, whoever changed it is believed.
    const believed = manager.lock === undefined && !ofTrusted?.includes(locked)
    const judged = [...trusted, ...(believed ? sides.filter((_, at) => ofSides?.[at] === locked) : [])]
    const agreeing = await Promise.all(judged.map((side) => asksForTheSame(workspace, lockfile, tree, side)))
    if (isMergedText || !agreeing.includes(true)) stale.push(lockfile)
  }
  return stale
}
