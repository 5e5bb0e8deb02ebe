import type { Oid, Repository } from './contract.ts'
import { git, gitLine } from './process/index.ts'
import { withScratch } from './scratch.ts'

/** `tree` without what is in `folder` (a path from the tree's root). */
export function withoutFolder(repo: Repository, tree: Oid, folder: string): Promise<Oid> {
  return graft(repo, tree, folder, undefined)
}

/** `tree`, with `folder` as in the tree `from`: replaced, added, or removed where `from` has none. */
export async function withFolderOf(
  repo: Repository,
  tree: Oid,
  { from, folder }: { readonly from: Oid; readonly folder: string },
): Promise<Oid> {
  return graft(repo, tree, folder, from)
}

function graft(repo: Repository, tree: Oid, folder: string, from: Oid | undefined): Promise<Oid> {
  return withScratch(repo, { like: tree }, async ({ place }) => {
    await git(place, ['read-tree', tree])
    await git(place, [
      'rm',
      '-r',
      '--cached',
      '--quiet',
      '--ignore-unmatch',
      '--force',
      '--',
      `:(top,literal)${folder}`,
    ])
    if (from !== undefined) {
      const there = await git(place, ['rev-parse', '--verify', '--quiet', `${from}:${folder}`], { exits: [0, 1, 128] })
      const subtree = there.stdout.trim()
      if (there.exitCode === 0) await git(place, ['read-tree', `--prefix=${folder}/`, subtree])
    }
    return gitLine(place, ['write-tree', '--missing-ok'])
  })
}
