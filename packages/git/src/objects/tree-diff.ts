import type { ChangedPath, Oid } from '../contract.ts'
import type { TreeEntry } from '../process/index.ts'

/** Reads trees by id. */
export interface TreeReader {
  tree(oid: Oid): Promise<readonly TreeEntry[]>
}

export interface Difference {
  /** UTF-8; a name that is not has U+FFFD in it. */
  readonly path: string
  readonly status: ChangedPath['status']
  /** Six octal digits; `000000` where there is nothing. */
  readonly fromMode: string
  readonly toMode: string
  readonly fromOid: Oid
  readonly toOid: Oid
}

export const nothing = '000000'

export function isTree({ mode }: TreeEntry): boolean {
  return mode === '40000' || mode === '040000'
}

/** The empty tree, which git knows without having it, in the hash of `oid`. */
export function emptyTreeFor(oid: Oid): Oid {
  return oid.length === 64
    ? '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321'
    : '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
}

/** The files in which two trees differ, sorted by path. Renames are a deletion and an addition; only folders that differ are read. */
export async function differencesOf(trees: TreeReader, from: Oid, to: Oid): Promise<Difference[]> {
  const found: { readonly path: string; readonly difference: Difference }[] = []
  await compare(trees, entriesOf(trees, from), entriesOf(trees, to), '', (path, before, after) => {
    found.push({ path, difference: differenceOf(path, before, after, from) })
  })
  found.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0))
  return found.map(({ difference }) => difference)
}

type Found = (path: string, before: TreeEntry | undefined, after: TreeEntry | undefined) => void

async function compare(
  trees: TreeReader,
  before: Promise<readonly TreeEntry[]>,
  after: Promise<readonly TreeEntry[]>,
  folder: string,
  found: Found,
): Promise<void> {
  const [left, right] = await Promise.all([before, after])
  const rest = new Map(right.map((entry) => [entry.name, entry]))
  const deeper: Promise<void>[] = []
  const pair = (one: TreeEntry | undefined, other: TreeEntry | undefined): void => {
    if (one?.oid === other?.oid && one?.mode === other?.mode) return
    const [oneTree, otherTree] = [one, other].map((entry) => (entry && isTree(entry) ? entry.oid : undefined))
    const path = `${folder}${one?.name ?? other?.name ?? ''}`
    const oneFile = oneTree === undefined ? one : undefined
    const otherFile = otherTree === undefined ? other : undefined
    if (oneFile !== undefined || otherFile !== undefined) found(path, oneFile, otherFile)
    if (oneTree !== undefined || otherTree !== undefined) {
      deeper.push(compare(trees, entriesOf(trees, oneTree), entriesOf(trees, otherTree), `${path}/`, found))
    }
  }
  for (const entry of left) {
    pair(entry, rest.get(entry.name))
    rest.delete(entry.name)
  }
  for (const entry of rest.values()) pair(undefined, entry)
  await Promise.all(deeper)
}

/** The entries of a tree, also of the empty one, which no repository has to have. */
export async function entriesOf(trees: TreeReader, tree: Oid | undefined): Promise<readonly TreeEntry[]> {
  return tree === undefined || tree === emptyTreeFor(tree) ? [] : trees.tree(tree)
}

function differenceOf(
  path: string,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
  like: Oid,
): Difference {
  const none = '0'.repeat(like.length)
  return {
    path: utf8(path),
    status: statusOf(before?.mode, after?.mode),
    fromMode: before?.mode ?? nothing,
    toMode: after?.mode ?? nothing,
    fromOid: before?.oid ?? none,
    toOid: after?.oid ?? none,
  }
}

function statusOf(before: string | undefined, after: string | undefined): ChangedPath['status'] {
  if (before === undefined) return 'added'
  if (after === undefined) return 'deleted'
  return before.slice(0, 3) === after.slice(0, 3) ? 'modified' : 'type-changed'
}

/** A path of bytes as text. */
export function utf8(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}

/** A path of text as bytes, one character each. */
export function bytesOf(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1')
}
