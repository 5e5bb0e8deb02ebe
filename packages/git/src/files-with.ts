import type { Oid, Repository } from './contract.ts'
import { placeOf, withoutIndex } from './place.ts'
import { fields, git } from './process/index.ts'

/** Paths of the files of a tree that have one of the texts (each on one line) in them, from the repository's top. */
export async function filesWith(repo: Repository, tree: Oid, texts: readonly string[]): Promise<readonly string[]> {
  if (texts.length === 0) return []
  const { stdout } = await git(
    withoutIndex(placeOf(repo)),
    ['grep', '--files-with-matches', '--no-textconv', '-z', '-I', '--fixed-strings', '-f', '-', tree, '--'],
    { input: `${texts.join('\n')}\n`, exits: [0, 1] },
  )
  // git names the tree before each path.
  return fields(stdout).map((path) => path.slice(tree.length + 1))
}
