import type { Oid } from './contract.ts'
import { differencesOf, emptyTreeFor, entriesOf, isTree, type TreeReader, utf8 } from './objects/tree-diff.ts'
import { entryAt } from './objects/tree-edit.ts'

interface FileList {
  readonly tree: Oid
  readonly paths: readonly string[]
}

/** Lists the files of trees that are much alike: only what differs from the tree listed last is read and made into text. */
export class FileLists {
  readonly #trees: TreeReader
  #last: FileList | undefined

  constructor(trees: TreeReader) {
    this.#trees = trees
  }

  /** Paths of all files below `folder` of a tree, relative to it, sorted. Without a folder, of the whole tree. */
  async list(tree: Oid, folder = ''): Promise<readonly string[]> {
    if (folder === '') return this.#list(tree)
    const entry = await entryAt(this.#trees, tree, folder)
    return entry?.mode === '40000' ? this.#list(entry.oid) : []
  }

  async #list(tree: Oid): Promise<readonly string[]> {
    const paths = (await this.#fromLast(tree)) ?? (await this.#added(emptyTreeFor(tree), tree)).sort()
    this.#last = { tree, paths }
    return paths
  }

  async #fromLast(tree: Oid): Promise<readonly string[] | undefined> {
    const last = this.#last
    if (last === undefined) return undefined
    // Nothing keeps the tree listed last: a clean-up of the repository may have taken it.
    const differing = await differencesOf(this.#trees, last.tree, tree).catch(() => undefined)
    // Two names that are not UTF-8 may read the same.
    if (differing === undefined || differing.some(({ path }) => path.includes('\uFFFD'))) return undefined
    const touched = new Set(differing.map(({ path }) => path))
    const added = differing.filter(({ status }) => status !== 'deleted').map(({ path }) => path)
    return [...last.paths.filter((path) => !touched.has(path)), ...added].sort()
  }

  async #added(from: Oid, to: Oid): Promise<string[]> {
    return (await differencesOf(this.#trees, from, to)).map(({ path }) => path)
  }
}

/** Names of the folders in a tree, or in a folder of it. */
export async function foldersAt(trees: TreeReader, tree: Oid, folder = ''): Promise<readonly string[]> {
  const at = folder === '' ? tree : (await entryAt(trees, tree, folder))?.oid
  return (await entriesOf(trees, at)).filter(isTree).map(({ name }) => utf8(name))
}
