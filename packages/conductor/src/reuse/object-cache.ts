import {
  type CommitRecord,
  isAncestor,
  listFiles,
  type Oid,
  type Repository,
  readCommit,
  treeOf,
  withoutFolder,
} from '@nx-conduct/git'
import { readBuilt } from './built.ts'

/** What is true of commits and trees for ever, and is asked for again and again: each is asked of git once. */
export interface Facts {
  treeOf(commit: Oid): Promise<Oid>
  commit(commit: Oid): Promise<CommitRecord>
  isAncestor(ancestor: Oid, commit: Oid): Promise<boolean>
  files(tree: Oid): Promise<readonly string[]>
  /** The tree without the spec's folder. */
  bare(tree: Oid): Promise<Oid>
  /** Slices that the tree says it holds, by slug. */
  built(tree: Oid): Promise<ReadonlyMap<string, string>>
}

export function factsOf(repository: Repository, specFolder: string): Facts {
  return {
    commit: once((commit) => readCommit(repository, commit)),
    treeOf: once((commit) => treeOf(repository, commit)),
    isAncestor: once((ancestor, commit) => isAncestor(repository, ancestor, commit)),
    files: once((tree) => listFiles(repository, tree)),
    bare: once((tree) => withoutFolder(repository, tree, specFolder)),
    built: once((tree) => readBuilt(repository, tree, specFolder)),
  }
}

/** Keeps answers by arguments; a failure is not kept. */
function once<A extends readonly string[], T>(ask: (...ids: A) => Promise<T>): (...ids: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (...ids) => {
    const key = ids.join(' ')
    const known = answers.get(key)
    if (known) return known
    const answer = ask(...ids)
    answers.set(key, answer)
    answer.catch(() => answers.delete(key))
    return answer
  }
}
