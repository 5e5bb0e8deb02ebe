import {
  blobAt,
  type CommitRecord,
  FileLists,
  foldersAt,
  isAncestor,
  type Oid,
  type Repository,
  readCommit,
  treeOf,
  withoutFolder,
} from '@nx-conduct/git'
import { readBuilt } from './built.ts'

/** Memoized queries on immutable git objects. */
export interface ObjectCache {
  treeOf(commit: Oid): Promise<Oid>
  commit(commit: Oid): Promise<CommitRecord>
  isAncestor(ancestor: Oid, commit: Oid): Promise<boolean>
  /** Workspace-relative paths of the files of a tree that are in the workspace. */
  files(tree: Oid): Promise<readonly string[]>
  /** Names of the folders at the workspace's top in a tree. */
  folders(tree: Oid): Promise<readonly string[]>
  /** Object ids of files of a tree, by workspace-relative path. */
  blobs(tree: Oid, paths: readonly string[]): Promise<Readonly<Record<string, Oid>>>
  /** The tree without the spec's folder. */
  bare(tree: Oid): Promise<Oid>
  /** Slices that the tree's `built.json` files name, by slug. */
  built(tree: Oid): Promise<ReadonlyMap<string, string>>
}

export function objectCache(
  repository: Repository,
  { prefix, specFolder }: { readonly prefix: string; readonly specFolder: string },
): ObjectCache {
  const folder = `${prefix}${specFolder}`
  const top = prefix.replace(/\/$/, '')
  const lists = new FileLists(repository.objects)
  return {
    commit: memoize((commit) => readCommit(repository, commit)),
    treeOf: memoize((commit) => treeOf(repository, commit)),
    isAncestor: memoize((ancestor, commit) => isAncestor(repository, ancestor, commit)),
    files: memoize((tree) => lists.list(tree, top)),
    folders: memoize((tree) => foldersAt(repository.objects, tree, top)),
    async blobs(tree, paths) {
      const oids = await Promise.all(paths.map((path) => blobAt(repository, tree, `${prefix}${path}`)))
      return Object.fromEntries(paths.map((path, at) => [path, oids[at] ?? '']))
    },
    bare: memoize((tree) => withoutFolder(repository, tree, folder)),
    built: memoize((tree) => readBuilt(repository, tree, folder)),
  }
}

/** Keeps answers by arguments; a failure is not kept. */
function memoize<A extends readonly string[], T>(ask: (...ids: A) => Promise<T>): (...ids: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (...ids) => {
    const key = ids.join(' ')
    const earlier = answers.get(key)
    if (earlier) return earlier
    const answer = ask(...ids)
    answers.set(key, answer)
    answer.catch(() => answers.delete(key))
    return answer
  }
}
