import type { ChangedPath, Oid, Repository } from './contract.ts'
import { type Difference, differencesOf, emptyTreeFor } from './objects/tree-diff.ts'
import { entryAt } from './objects/tree-edit.ts'
import { placeOf } from './place.ts'
import { GitError, git } from './process/index.ts'
import { readCommit } from './read-commit.ts'

/** The commit that `rev` names; undefined when there is none. */
export async function resolveCommit({ objects }: Repository, rev: string): Promise<Oid | undefined> {
  return objects.resolve(rev, 'commit')
}

/** The tree of a commit, tag, ref or tree. Throws when there is none. */
export async function treeOf({ objects, root }: Repository, commitish: string): Promise<Oid> {
  const tree = await objects.resolve(commitish, 'tree')
  if (tree === undefined) {
    throw new GitError(`${JSON.stringify(commitish)} names no commit or tree in ${root}.`, {
      hint: 'List what there is: git log --all --oneline',
    })
  }
  return tree
}

/** The text (UTF-8) of the file at `path` in a commit or tree; undefined when no file is there. */
export async function readFileAt(repo: Repository, treeish: string, path: string): Promise<string | undefined> {
  const entry = await entryAt(repo.objects, await treeOf(repo, treeish), path)
  if (entry === undefined || !entry.mode.startsWith('1') || entry.mode === '160000') return undefined
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await repo.objects.content('blob', entry.oid))
}

/** The object id of the file or link at `path` in a tree; undefined when none is there. */
export async function blobAt({ objects }: Repository, tree: Oid, path: string): Promise<Oid | undefined> {
  const entry = await entryAt(objects, tree, path)
  return entry?.mode.startsWith('1') === true ? entry.oid : undefined
}

/** What a tree has at a path: a file or link with its content, a submodule or folder without. */
export interface FoundEntry {
  /** `100644`, `100755`, `120000` (link), `160000` (submodule), `40000` (folder). */
  readonly mode: string
  readonly oid: Oid
  readonly content: Buffer | undefined
}

/** What is at `path` in a tree; undefined when nothing is. */
export async function entryIn({ objects }: Repository, tree: Oid, path: string): Promise<FoundEntry | undefined> {
  const entry = await entryAt(objects, tree, path)
  if (entry === undefined) return undefined
  const { mode, oid } = entry
  const hasContent = mode.startsWith('100') || mode === '120000'
  return { mode, oid, content: hasContent ? await objects.content('blob', oid) : undefined }
}

/** Paths of all files in a commit or tree, sorted by byte; of those in `folder` only, where one is given. */
export async function listFiles(repo: Repository, treeish: string, folder?: string): Promise<string[]> {
  const { objects } = repo
  const tree = await treeOf(repo, treeish)
  if (folder === undefined) return (await differencesOf(objects, emptyTreeFor(tree), tree)).map(({ path }) => path)
  const entry = await entryAt(objects, tree, folder)
  if (entry === undefined) return []
  if (entry.mode !== '40000') return [folder]
  const below = await differencesOf(objects, emptyTreeFor(tree), entry.oid)
  return below.map(({ path }) => `${folder}/${path}`)
}

/** How `toTree` differs from `fromTree`. Renames are a deletion and an addition. */
export async function changedPaths(repo: Repository, fromTree: string, toTree: string): Promise<ChangedPath[]> {
  return (await differences(repo, fromTree, toTree)).map(({ path, status }) => ({ path, status }))
}

/** The same with modes and object ids. */
export async function differences(repo: Repository, fromTree: string, toTree: string): Promise<Difference[]> {
  const [from, to] = await Promise.all([treeOf(repo, fromTree), treeOf(repo, toTree)])
  return differencesOf(repo.objects, from, to)
}

/** What is asked for is mostly a few commits away: those of one run. */
const nearCommits = 32

/** Whether `ancestor` is `descendant` or is reachable from it. */
export async function isAncestor(repo: Repository, ancestor: Oid, descendant: Oid): Promise<boolean> {
  if (await isNearAncestor(repo, ancestor, descendant)) return true
  const result = await git(placeOf(repo), ['merge-base', '--is-ancestor', ancestor, descendant], { exits: [0, 1] })
  return result.exitCode === 0
}

/** Follows parents without a program. Undefined where the answer is further away or negative, or a commit is not here (a shallow clone ends). */
async function isNearAncestor(repo: Repository, ancestor: Oid, descendant: Oid): Promise<true | undefined> {
  const seen = new Set([descendant])
  for (const commit of seen) {
    if (commit === ancestor) return true
    if (seen.size > nearCommits) return undefined
    // git reports what is wrong with a commit that cannot be read.
    const record = await readCommit(repo, commit).catch(() => undefined)
    if (record === undefined) return undefined
    for (const parent of record.parents) seen.add(parent)
  }
  return undefined
}

/** Bytes of all files of a tree, as they are stored: what a checkout of it takes, without the blocks of the file system. */
export async function treeBytes(repo: Repository, tree: Oid): Promise<number> {
  const { stdout } = await git(placeOf(repo), ['ls-tree', '-r', '-l', '-z', tree])
  let bytes = 0
  for (const [, size] of stdout.matchAll(/(?:^|\0)\d+ blob [0-9a-f]+ +(\d+)\t/g)) bytes += Number(size)
  return bytes
}
