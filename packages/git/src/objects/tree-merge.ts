import type { Oid } from '../contract.ts'
import type { TreeEntry } from '../process/index.ts'
import { emptyTreeFor, entriesOf, isTree } from './tree-diff.ts'
import type { TreeWriter } from './tree-edit.ts'

/**
 * Merges three trees where no file was changed on both sides, and nothing was deleted on both: what no merge strategy could
 * see differently. Undefined where git has to look at contents or renames.
 */
export async function mergeDisjoint(
  trees: TreeWriter,
  { base, ours, theirs }: { readonly base: Oid; readonly ours: Oid; readonly theirs: Oid },
): Promise<Oid | undefined> {
  const [before, left, right] = await Promise.all([byName(trees, base), byName(trees, ours), byName(trees, theirs)])
  const merged: TreeEntry[] = []
  const deeper: Promise<readonly TreeEntry[] | undefined>[] = []
  for (const name of new Set([...before.keys(), ...left.keys(), ...right.keys()])) {
    const [was, one, other] = [before.get(name), left.get(name), right.get(name)]
    const isDeletedTwice = was !== undefined && one === undefined && other === undefined
    if (isDeletedTwice) return undefined
    const taken = same(one, other) || same(was, other) ? [one] : same(was, one) ? [other] : undefined
    if (taken !== undefined) merged.push(...taken.filter((entry) => entry !== undefined))
    else if (was && one && other && [was, one, other].every(isTree)) {
      deeper.push(
        mergeDisjoint(trees, { base: was.oid, ours: one.oid, theirs: other.oid }).then((oid) => {
          if (oid === undefined) return undefined
          return oid === emptyTreeFor(oid) ? [] : [{ mode: was.mode, name, oid }]
        }),
      )
    } else return undefined
  }
  for (const entries of await Promise.all(deeper)) {
    if (entries === undefined) return undefined
    merged.push(...entries)
  }
  return trees.writeTree(merged)
}

async function byName(trees: TreeWriter, tree: Oid): Promise<Map<string, TreeEntry>> {
  return new Map((await entriesOf(trees, tree)).map((entry) => [entry.name, entry]))
}

function same(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode
}
