import type { Oid } from '../contract.ts'
import { GitError, type TreeEntry } from '../process/index.ts'
import { isGitName } from '../worktree-health.ts'
import { bytesOf, emptyTreeFor, entriesOf, isTree, type TreeReader } from './tree-diff.ts'

/** Reads and writes trees. */
export interface TreeWriter extends TreeReader {
  writeTree(entries: readonly TreeEntry[]): Promise<Oid>
}

export interface TreeChange {
  /** From the tree's root, UTF-8. */
  readonly path: string
  /** What the path is from now on; undefined removes it. */
  readonly entry: Pick<TreeEntry, 'mode' | 'oid'> | undefined
}

/** What is at a path of a tree; undefined when there is nothing. */
export async function entryAt(trees: TreeReader, tree: Oid, path: string): Promise<TreeEntry | undefined> {
  const names = bytesOf(path).split('/')
  let at: Oid = tree
  for (const [index, name] of names.entries()) {
    const found: TreeEntry | undefined = (await entriesOf(trees, at)).find((entry) => entry.name === name)
    if (found === undefined || index === names.length - 1) return found
    if (!isTree(found)) return undefined
    at = found.oid
  }
  return undefined
}

/**
 * `tree` with these changes. A file or folder in the way of a path is removed, and so is a folder that becomes empty. Only folders
 * on the way are read and written. Throws on a path that no tree may hold.
 */
export async function editTree(trees: TreeWriter, tree: Oid, changes: readonly TreeChange[]): Promise<Oid> {
  if (changes.length === 0) return tree
  const root: Folder = { folders: new Map(), entries: new Map() }
  for (const { path, entry } of changes) {
    mustFitInTree(path)
    const names = bytesOf(path).split('/')
    const last = names.pop() ?? ''
    let folder = root
    for (const name of names) {
      const below = folder.folders.get(name) ?? { folders: new Map(), entries: new Map() }
      folder.folders.set(name, below)
      folder = below
    }
    folder.entries.set(last, entry)
  }
  return (await write(trees, tree, root)) ?? emptyTreeFor(tree)
}

/** The changes of one folder. */
interface Folder {
  readonly folders: Map<string, Folder>
  readonly entries: Map<string, TreeChange['entry']>
}

/** Writes a folder; undefined when nothing is left in it. */
async function write(trees: TreeWriter, tree: Oid, { folders, entries }: Folder): Promise<Oid | undefined> {
  const before = await entriesOf(trees, tree)
  const after = new Map(before.map((entry) => [entry.name, entry]))
  for (const [name, entry] of entries) {
    if (entry === undefined) after.delete(name)
    else after.set(name, { name, ...entry })
  }
  const written = await Promise.all(
    [...folders].map(async ([name, folder]) => {
      const there = after.get(name)
      const base = there !== undefined && isTree(there) ? there.oid : emptyTreeFor(tree)
      return [name, await write(trees, base, folder)] as const
    }),
  )
  for (const [name, oid] of written) {
    const there = after.get(name)
    if (oid !== undefined) after.set(name, { mode: '40000', name, oid })
    else if (there !== undefined && isTree(there)) after.delete(name)
  }
  if (after.size === 0) return undefined
  const isSame =
    after.size === before.length &&
    before.every((entry) => {
      const now = after.get(entry.name)
      return now?.oid === entry.oid && now.mode === entry.mode
    })
  return isSame ? tree : trees.writeTree([...after.values()])
}

function mustFitInTree(path: string): void {
  const fits = path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !isGitName(name))
  if (fits && !path.includes('\0')) return
  throw new GitError(`Not written into a tree: ${JSON.stringify(path)}`, {
    hint: 'Paths go from the top of the tree, without "..", and not into git metadata.',
  })
}
