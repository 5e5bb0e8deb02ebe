import type { Oid, Repository } from './contract.ts'
import { entriesOf, isTree } from './objects/tree-diff.ts'
import { readCommit } from './read-commit.ts'

export interface Added {
  readonly objects: readonly Oid[]
  /** The commits of `base` that the added ones build on. */
  readonly needs: readonly Oid[]
}

/** A history that is longer, or leads past `base`, is git's to walk. */
const mostCommits = 2000

/** What never changes for a commit. A run asks for the same commits with each of its steps. */
interface Known {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** The trees and files in which it differs from its parents, once they were asked for. */
  added?: readonly Oid[]
}
const remembered = new WeakMap<Repository, Map<Oid, Known>>()
const mostRemembered = 4 * mostCommits

/**
 * The objects that a commit has and the commits in `base` have not: commits up to `base`, and the trees and files in which each
 * differs from its parents. Undefined where that is more than some commits, or they do not end at `base`. Throws when a commit
 * or tree is missing.
 */
export async function addedObjects(repo: Repository, commit: Oid, base: readonly Oid[]): Promise<Added | undefined> {
  const ends = new Set(base)
  const needs = new Set<Oid>()
  const commits = new Map<Oid, Known>()
  const open = [commit]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (commits.has(next)) continue
    if (ends.has(next)) {
      needs.add(next)
      continue
    }
    const known = await knownOf(repo, next)
    commits.set(next, known)
    if (commits.size > mostCommits || known.parents.length === 0) return undefined
    open.push(...known.parents)
  }
  const objects = new Set(commits.keys())
  for (const known of commits.values()) for (const oid of await addedBy(repo, known)) objects.add(oid)
  return { objects: [...objects], needs: [...needs] }
}

async function knownOf(repo: Repository, commit: Oid): Promise<Known> {
  const all = remembered.get(repo) ?? new Map<Oid, Known>()
  remembered.set(repo, all)
  const before = all.get(commit)
  if (before !== undefined) return before
  const { tree, parents } = await readCommit(repo, commit)
  if (all.size >= mostRemembered) all.clear()
  const known = { tree, parents }
  all.set(commit, known)
  return known
}

async function addedBy(repo: Repository, known: Known): Promise<readonly Oid[]> {
  if (known.added !== undefined) return known.added
  const added = new Set<Oid>()
  const parents = await Promise.all(known.parents.map((parent) => knownOf(repo, parent)))
  await collect(
    repo,
    known.tree,
    parents.map(({ tree }) => tree),
    added,
  )
  known.added = [...added]
  return known.added
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
