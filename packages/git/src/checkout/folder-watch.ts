import { lstatSync, readdirSync } from 'node:fs'
import type { Oid } from '../contract.ts'
import { entriesOf, isTree, type TreeReader } from '../objects/tree-diff.ts'
import type { TreeEntry } from '../process/index.ts'
import type { EntryKind } from './known-files.ts'

/** Something in a checkout that its tree does not have there. Paths are bytes, one character each. */
export interface StrayEntry {
  readonly path: string
  readonly kind: EntryKind
}

/** What a look at the folders found. Changed contents of files are not seen here. */
export interface FolderFindings {
  /** Additional entries, and those of another kind than the tree's. */
  readonly strays: readonly StrayEntry[]
  /** Folders that are gone or are something else now. */
  readonly gone: readonly string[]
  /** Folders that could not be read, or whose permissions changed. */
  readonly closed: readonly string[]
}

interface Stamp {
  readonly ino: bigint
  readonly ctimeNs: bigint
  readonly mode: bigint
  /** It was so young when it was taken that a later change may have the same time. */
  readonly isRacy: boolean
}

interface ExpectedFolder {
  /** Undefined for a submodule, whose folder is empty. */
  readonly tree: Oid | undefined
  readonly kinds: ReadonlyMap<string, EntryKind>
}

/** A checkout has an empty folder for it. */
const submodule = '160000'

/** The kernel's clock for files moves in steps of up to 10 ms. */
const racyNs = 20_000_000n

/**
 * Knows the folders of a checkout by inode and change time, in nanoseconds. A change time cannot be set by a program, and an
 * entry cannot be added, removed or replaced without changing it. So only folders that changed are read.
 */
export class FolderWatch {
  readonly #top: string
  readonly #trees: TreeReader
  /** By path from the top, with a slash at the end; the top is the empty path. Folders stand before what is in them. */
  readonly #expected = new Map<string, ExpectedFolder>()
  readonly #stamps = new Map<string, Stamp>()
  /** Entries besides the tree's that belong in the checkout, by folder. */
  readonly #allowed = new Map<string, Map<string, EntryKind>>()
  /** The folders among them, and those below. */
  readonly #allowedFolders = new Set<string>()
  /** The files among them, as they were. */
  readonly #allowedFiles = new Map<string, string>()

  constructor(top: string, trees: TreeReader) {
    this.#top = top
    this.#trees = trees
  }

  /** The checkout holds this tree from now on. Folders that were not known before, or are named, are taken as they are now. */
  async expect(tree: Oid, changed: 'all' | readonly string[]): Promise<void> {
    await this.#expectFolder('', tree)
    for (const folder of this.#stamps.keys()) {
      if (!this.#expected.has(folder) && !this.#allowedFolders.has(folder)) this.#stamps.delete(folder)
    }
    const stale = changed === 'all' ? undefined : new Set(changed.flatMap(foldersAbove))
    for (const folder of this.#expected.keys()) {
      if (stale === undefined || stale.has(folder) || !this.#stamps.has(folder)) this.#stamp(folder)
    }
  }

  /** Only what differs from the tree before is read. */
  async #expectFolder(folder: string, tree: Oid | undefined): Promise<void> {
    const before = this.#expected.get(folder)
    if (before !== undefined && before.tree === tree) return
    const entries = await entriesOf(this.#trees, tree)
    const kinds = new Map(entries.map((entry) => [entry.name, kindOf(entry)]))
    for (const [name, kind] of before?.kinds ?? []) {
      if (kind === 'folder' && kinds.get(name) !== 'folder') this.#expectNothing(`${folder}${name}/`)
    }
    this.#expected.set(folder, { tree, kinds })
    for (const entry of entries) {
      if (kindOf(entry) !== 'folder') continue
      await this.#expectFolder(`${folder}${entry.name}/`, isTree(entry) ? entry.oid : undefined)
    }
  }

  #expectNothing(folder: string): void {
    for (const other of [...this.#expected.keys()]) if (other.startsWith(folder)) this.#expected.delete(other)
  }

  /** Compares what is there with the tree. */
  look(): FolderFindings {
    const strays: StrayEntry[] = []
    const gone: string[] = []
    const closed: string[] = []
    for (const folder of [...this.#expected.keys(), ...this.#allowedFolders]) {
      // Through a link in its place another folder would be seen.
      if (gone.some((other) => folder.startsWith(other)) || closed.some((other) => folder.startsWith(other))) continue
      const before = this.#stamps.get(folder)
      const now = this.#read(folder)
      if (now === undefined || now.ino !== before?.ino) {
        gone.push(folder)
        continue
      }
      if (now.mode !== before.mode) closed.push(folder)
      if (now.ctimeNs === before.ctimeNs && !before.isRacy) continue
      const entries = this.entries(folder)
      if (entries === undefined) {
        if (now.mode === before.mode) closed.push(folder)
        continue
      }
      for (const { name, kind } of entries) {
        const wanted = this.#expected.get(folder)?.kinds.get(name) ?? this.#allowed.get(folder)?.get(name)
        if (wanted === kind || (folder === '' && name === '.git' && kind === 'file')) continue
        strays.push({ path: `${folder}${name}`, kind })
        if (wanted === 'folder') gone.push(`${folder}${name}/`)
      }
    }
    return { strays, gone, closed }
  }

  /** What is in a folder, if it certainly is what the tree has there; undefined when it has to be read. */
  unchanged(folder: string): ReadonlyMap<string, EntryKind> | undefined {
    const [expected, before] = [this.#expected.get(folder), this.#stamps.get(folder)]
    if (expected === undefined || before === undefined || before.isRacy || this.#allowed.has(folder)) return undefined
    const now = this.#read(folder)
    return now?.ino === before.ino && now.ctimeNs === before.ctimeNs ? expected.kinds : undefined
  }

  /** Entries that are not the tree's, with all that is in them, belong in the checkout from now on. */
  allow(strays: readonly StrayEntry[]): void {
    for (const { path, kind } of strays) {
      const folder = path.slice(0, path.lastIndexOf('/') + 1)
      const there = this.#allowed.get(folder) ?? new Map<string, EntryKind>()
      there.set(path.slice(folder.length), kind)
      this.#allowed.set(folder, there)
      if (kind === 'folder') {
        const inside = `${path}/`
        this.#allowedFolders.add(inside)
        this.allow((this.entries(inside) ?? []).map((entry) => ({ ...entry, path: `${inside}${entry.name}` })))
        this.#stamp(inside)
      } else this.#allowedFiles.set(path, this.#fileStamp(path))
      if (this.#expected.has(folder)) this.#stamp(folder)
    }
  }

  /** Whether the tree still has the folders in which something was allowed. */
  allowedHasItsPlace(): boolean {
    return [...this.#allowed.keys()].every((folder) => this.#expected.has(folder) || this.#allowedFolders.has(folder))
  }

  /** Whether everything that was allowed is as it was then. */
  allowedIsIntact(): boolean {
    if (this.#allowed.size === 0) return true
    if (this.look().gone.some((folder) => this.#allowedFolders.has(folder))) return false
    for (const [path, stamp] of this.#allowedFiles) if (this.#fileStamp(path) !== stamp) return false
    return true
  }

  /** Nothing but the tree's files belongs in the checkout any more. */
  forgetAllowed(): void {
    for (const folder of this.#allowed.keys()) {
      const stamp = this.#stamps.get(folder)
      if (stamp !== undefined) this.#stamps.set(folder, { ...stamp, isRacy: true })
    }
    this.#allowed.clear()
    this.#allowedFolders.clear()
    this.#allowedFiles.clear()
  }

  #fileStamp(path: string): string {
    const stats = statsOf(this.#bytes(path))
    return stats === undefined ? '' : [stats.ino, stats.ctimeNs, stats.size, stats.mode].join(' ')
  }

  /** The entries of a folder as they are now; undefined when it cannot be read. */
  entries(folder: string): readonly { readonly name: string; readonly kind: EntryKind }[] | undefined {
    try {
      return readdirSync(this.#bytes(folder), { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
        name: entry.name.toString('latin1'),
        kind: entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'special',
      }))
    } catch {
      return undefined
    }
  }

  /** The permissions that a folder had when it was taken. */
  modeOf(folder: string): number | undefined {
    const stamp = this.#stamps.get(folder)
    return stamp === undefined ? undefined : Number(stamp.mode & 0o7777n)
  }

  #bytes(path: string): Buffer {
    return Buffer.concat([Buffer.from(`${this.#top}/`), Buffer.from(path, 'latin1')])
  }

  #stamp(folder: string): void {
    const now = this.#read(folder)
    if (now === undefined) this.#stamps.delete(folder)
    else this.#stamps.set(folder, now)
  }

  #read(folder: string): Stamp | undefined {
    const path = folder === '' ? this.#top : this.#bytes(folder.slice(0, -1))
    const stats = statsOf(path)
    if (stats === undefined || !stats.isDirectory()) return undefined
    const { ino, ctimeNs, mode } = stats
    return { ino, ctimeNs, mode, isRacy: BigInt(Date.now()) * 1_000_000n - ctimeNs < racyNs }
  }
}

/** Undefined for what is not there, or cannot be seen: in a folder that was closed, behind a file in a folder's place. */
function statsOf(path: string | Buffer) {
  try {
    return lstatSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

/** The folders that hold a path, the top included. */
function foldersAbove(path: string): string[] {
  const folders = ['']
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at + 1))
  return folders
}

function kindOf(entry: TreeEntry): EntryKind {
  if (isTree(entry) || entry.mode === submodule) return 'folder'
  return entry.mode === '120000' ? 'link' : 'file'
}
