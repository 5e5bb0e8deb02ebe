import type { Oid, Repository } from './contract.ts'
import { editTree, entryAt } from './objects/tree-edit.ts'

/** `tree` without what is in `folder` (a path from the tree's root). */
export async function withoutFolder({ objects }: Repository, tree: Oid, folder: string): Promise<Oid> {
  return editTree(objects, tree, [{ path: folder, entry: undefined }])
}

/** `tree`, with `folder` as in the tree `from`: replaced, added, or removed where `from` has none. */
export async function withFolderOf(
  { objects }: Repository,
  tree: Oid,
  { from, folder }: { readonly from: Oid; readonly folder: string },
): Promise<Oid> {
  return editTree(objects, tree, [{ path: folder, entry: await entryAt(objects, from, folder) }])
}
