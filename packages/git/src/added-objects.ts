import type { Oid, Repository } from './contract.ts'
import { entriesOf, isTree } from './objects/tree-diff.ts'
import { readCommit } from './read-commit.ts'

export interface Added {
  readonly objects: readonly Oid[]
  /** The commits of `base` that the added ones build on. */
  readonly needs: readonly Oid[]
}

/** A history that is longer, or leads past `base`, is git's to walk. */
const mostCommits = 64

/**
 * The objects that a commit has and the commits in `base` have not: commits up to `base`, and the trees and files in which each
 * differs from its parents. Undefined where that is more than a few commits, or they do not end at `base`. Throws when a commit
 * or tree is missing.
 */
export async function addedObjects(repo: Repository, commit: Oid, base: readonly Oid[]): Promise<Added | undefined> {
  const known = new Set(base)
  const needs = new Set<Oid>()
  const commits = new Set<Oid>()
  const added = new Set<Oid>()
  const open = [commit]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (commits.has(next)) continue
    if (known.has(next)) {
      needs.add(next)
      continue
    }
    const { tree, parents } = await readCommit(repo, next)
    commits.add(next)
    if (commits.size > mostCommits || parents.length === 0) return undefined
    open.push(...parents)
    const parentTrees = await Promise.all(parents.map(async (parent) => (await readCommit(repo, parent)).tree))
    await collect(repo, tree, parentTrees, added)
  }
  return { objects: [...commits, ...added], needs: [...needs] }
}

async function collect(
  repo: Repository,
  tree: Oid,
  others: readonly (Oid | undefined)[],
  added: Set<Oid>,
): Promise<void> {
  if (others.includes(tree) || added.has(tree)) return
  added.add(tree)
  const entries = await entriesOf(repo.objects, tree)
  const there = await Promise.all(others.map(async (other) => entriesOf(repo.objects, other)))
  const below: Promise<void>[] = []
  for (const entry of entries) {
    const same = there.map((each) => each.find(({ name }) => name === entry.name))
    if (same.some((each) => each?.oid === entry.oid) || entry.mode === '160000') continue
    if (isTree(entry)) {
      const trees = same.map((each) => (each !== undefined && isTree(each) ? each.oid : undefined))
      below.push(collect(repo, entry.oid, trees, added))
    } else added.add(entry.oid)
  }
  await Promise.all(below)
}
