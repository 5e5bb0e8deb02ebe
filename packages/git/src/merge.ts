import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { signature } from './commit.ts'
import type { MergeLabels, MergeOutcome, MergeRequest, Oid, Repository } from './contract.ts'
import { differencesOf, emptyTreeFor } from './objects/tree-diff.ts'
import { mergeDisjoint } from './objects/tree-merge.ts'
import { placeOf } from './place.ts'
import { firstLine, GitCommandError, type GitError, type GitResult, git, gitLine } from './process/index.ts'
import { withScratch } from './scratch.ts'

/** Fixed, so that merging the same trees writes the same objects on any machine at any time. */
const NOBODY = signature({ name: 'nx-conduct', email: 'nx-conduct@localhost' }, '2000-01-01T00:00:00Z')

/**
 * Merges two trees over an explicit base, in memory: no checkout, no ref, and by git's defaults, whatever merge settings
 * or drivers the user has. The `.gitattributes` of the base count, so git's own drivers (`merge=union`, `merge=binary`) do. In a
 * conflict, `tree` holds every file, those in `paths` with conflict markers named by `labels`.
 */
export async function mergeTrees(
  repo: Repository,
  { base, ours, theirs }: MergeRequest,
  labels: MergeLabels = { ours: 'ours', theirs: 'theirs' },
): Promise<MergeOutcome> {
  if (ours === theirs || base === theirs) return { kind: 'clean', tree: ours }
  if (base === ours) return { kind: 'clean', tree: theirs }
  const disjoint = await mergeDisjoint(repo.objects, { base, ours, theirs })
  if (disjoint !== undefined) return { kind: 'clean', tree: disjoint }
  return withScratch(repo, { like: base }, async ({ directory, place, name }) => {
    const attributes = join(directory, 'attributes')
    await writeAttributes(repo, base, attributes)
    const commit = (tree: Oid, parents: readonly Oid[]): Promise<Oid> =>
      gitLine(place, ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'merge'], {
        env: NOBODY,
      })
    const root = await commit(base, [])
    const [left, right] = await Promise.all([commit(ours, [root]), commit(theirs, [root])])
    const leftName = refLabel(labels.ours)
    const rightName = refLabel(labels.theirs)
    const twins = leftName.toLowerCase() === rightName.toLowerCase()
    const names = twins ? ([`${leftName}-ours`, `${rightName}-theirs`] as const) : ([leftName, rightName] as const)
    await name(names[0], left)
    await name(names[1], right)
    const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', ...names]
    const result = await git({ ...place, cwd: attributes }, args, { exits: [0, 1] })
    return outcomeOf(result, () => new GitCommandError(args, result.exitCode, result.stderr, repo.root))
  })
}

/** Writes the `.gitattributes` of a tree where git reads them: in the folder that it takes for the top of the working tree. */
async function writeAttributes({ objects }: Repository, tree: Oid, folder: string): Promise<void> {
  await mkdir(folder)
  for (const { path, toMode, toOid } of await differencesOf(objects, emptyTreeFor(tree), tree)) {
    const isAttributes = path === '.gitattributes' || path.endsWith('/.gitattributes')
    if (!isAttributes || !toMode.startsWith('100')) continue
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, await objects.content('blob', toOid))
  }
}

/** The best common ancestor of a commit and of another, or of what others would make merged; undefined when there is none. */
export async function mergeBase(repo: Repository, one: Oid, ...others: readonly Oid[]): Promise<Oid | undefined> {
  const result = await git(placeOf(repo), ['merge-base', one, ...others], { exits: [0, 1] })
  return result.exitCode === 0 ? firstLine(result.stdout) : undefined
}

/**
 * Reads the answer of merge-tree: tree, conflicted paths, an empty field, then messages as count, paths, type, text. Exit
 * code 1 is a conflict, but also "not something we can merge", so the answer has to be there.
 */
function outcomeOf({ stdout, exitCode }: GitResult, failure: () => GitError): MergeOutcome {
  const parts = stdout.split('\0')
  const tree = parts.shift() ?? ''
  if (!/^[0-9a-f]{40,64}$/.test(tree)) throw failure()
  if (exitCode === 0) return { kind: 'clean', tree }
  const end = parts.indexOf('')
  const paths = parts.slice(0, end)
  const messages: string[] = []
  for (let at = end + 1; at < parts.length; ) {
    const count = Number.parseInt(parts[at] ?? '', 10)
    if (Number.isNaN(count)) break
    messages.push(parts[at + count + 2] ?? '')
    // A folder renamed in two ways leaves no file in conflict, only these words.
    if (parts[at + count + 1]?.startsWith('CONFLICT')) paths.push(...parts.slice(at + 1, at + 1 + count))
    at += count + 3
  }
  return { kind: 'conflict', tree, paths: [...new Set(paths)].sort(), messages: messages.join('') }
}

/** A label as the name of a branch in the scratch: merge-tree writes into its markers what it was called with. */
function refLabel(label: string): string {
  const name = label
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '')
    .replace(/\.lock$/i, '-lock')
    .slice(0, 60)
  return name === '' || /^[0-9a-f]{4,64}$/i.test(name) || /HEAD$/.test(name) ? `side-${name}` : name
}
