import type { Oid, Repository } from './contract.ts'
import { fields, type GitPlace, git } from './process/index.ts'
import { withScratch } from './scratch.ts'
import { unfitRules } from './walk.ts'

/** Those of the paths that no `.gitignore` of the place's work tree hides, tracked or not. */
export async function notIgnored(place: GitPlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const { stdout } = await git(place, ['check-ignore', '--no-index', '-z', '--stdin'], {
    input: paths.map((path) => `${path}\0`).join(''),
    exits: [0, 1],
  })
  const ignored = new Set(fields(stdout))
  return paths.filter((path) => !ignored.has(path))
}

/**
 * Those of the paths in a folder of files (`workTree`) that none of its `.gitignore` hides. The folder's own git directory is not used.
 * Where git could not read those rules, none hides anything. `like`: any object id of the repository.
 */
export async function unhiddenIn(
  repo: Repository,
  { workTree, like }: { readonly workTree: string; readonly like: Oid },
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0 || (await unfitRules(workTree)).length > 0) return paths
  return withScratch(repo, { like, workTree, ignores: 'tree' }, ({ place }) => notIgnored(place, paths))
}
