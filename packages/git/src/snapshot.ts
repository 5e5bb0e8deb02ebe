import { createHash } from 'node:crypto'
import { readFile, readlink, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Oid, Repository, SnapshotOutcome, SnapshotProblem, SnapshotRequest } from './contract.ts'
import { copyIndex } from './copy-index.ts'
import { editIndex } from './edit-tree.ts'
import { notIgnored } from './ignored.ts'
import { linkEscapes, textEscapes } from './link-target.ts'
import type { Difference } from './objects/tree-diff.ts'
import { GitCommandError, type GitPlace, type GitResult, git, gitLine } from './process/index.ts'
import { withScratch } from './scratch.ts'
import { differences } from './tree.ts'
import { isRules, type LargeFile, largestRulesBytes, type Walked, walk } from './walk.ts'
import { inspectWorktree } from './worktree-health.ts'
import { canonical } from './worktree-registry.ts'

/** An agent that leaves more has forgotten to have something ignored. */
const MOST_ENTRIES = 150_000
const LARGEST_FILE_BYTES = 256 * 1024 * 1024
const SPECIAL = 'a pipe, socket or device cannot be part of the tree'
const NESTED = 'a nested git repository cannot be part of the tree'
/** Where a person takes such a tree with `git merge`, git deletes the submodule's files with all changes in them. */
const IN_PLACE_OF_SUBMODULE = 'a submodule cannot be replaced by a file'

/**
 * Writes the files of a worktree of ours as a tree, on top of `base`, through an index and a git directory of our own:
 * nothing that the worktree or the repository's configuration names is run, no link is followed, the worktree's own index is not
 * touched. Files that the tree's own `.gitignore` hides are not taken; what the user hides from themselves is. Paths under `exclude` stay as they are in `base`; `discarded` names those that differed.
 */
export async function snapshot(repo: Repository, request: SnapshotRequest): Promise<SnapshotOutcome> {
  const worktree = await canonical(request.worktree)
  const health = await inspectWorktree(repo, worktree)
  if (health.kind === 'broken') return refused([{ path: '.', why: `the worktree is damaged: ${health.why}` }])
  const { base } = request
  return withScratch(repo, { like: base, workTree: worktree, ignores: 'tree' }, async ({ place, directory }) => {
    const options = {
      mostEntries: MOST_ENTRIES,
      largerThanBytes: LARGEST_FILE_BYTES,
      ...(request.known === undefined ? {} : { known: request.known }),
    }
    const all = await walk(worktree, options)
    // To look at everything costs less than to ask git at every level what is ignored, unless there is very much.
    const found = all.isCutOff
      ? await walk(worktree, { ...options, open: (folders) => notIgnored(place, folders) })
      : all
    const unreadable = unreadableIn(found)
    if (unreadable.length > 0) return refused(unreadable)
    const { nested, links } = found
    const repositories = await openRepositories(place, nested)
    const special = await notIgnored(place, found.special)
    const large = new Set(
      await notIgnored(
        place,
        found.large.map(({ path }) => path),
      ),
    )
    const untaken = [
      ...repositories.map((path) => ({ path, why: NESTED })),
      ...found.large.filter(({ path }) => large.has(path)).map(tooLarge),
    ]
    if (untaken.length > 0) return refused(untaken)
    if (request.known === undefined) await git(place, ['read-tree', base])
    else await copyIndex(request.known.indexFile, join(directory, 'index'))
    const added = await git(place, ['add', '--all', '--', '.'], { exits: [0, 128] })
    if (added.exitCode !== 0) return notTaken(added)
    const whole = await writeTree(place)
    const differing = await differences(repo, base, whole)
    const same = await sameOnDisk(repo, worktree, differing)
    const touched = differing.filter((difference) => !same.includes(difference))
    const excluded = touched.filter(({ path }) => isUnder(path, request.exclude ?? ['.spec']))
    const taken = touched.filter((difference) => !excluded.includes(difference))
    const problems = [...unfit(taken), ...(await escaping(place, worktree, links, taken, excluded))]
    if (problems.length > 0) return refused(problems)
    const put = [...excluded, ...same]
    if (put.length > 0) await restore(place, put)
    return {
      kind: 'snapshot',
      tree: put.length === 0 ? whole : await writeTree(place),
      changed: taken.map(({ path }) => path),
      discarded: excluded.map(({ path }) => path),
      leftOut: special,
    }
  })
}

/** What git would hang on, or could not read: known before git is started. */
function unreadableIn({ closed, special, rules, isCutOff }: Walked): SnapshotProblem[] {
  return [
    ...closed.map((path) => ({ path, why: 'the folder cannot be opened' })),
    ...special.filter(isRules).map((path) => ({ path, why: SPECIAL })),
    ...rules.filter(({ bytes }) => bytes > largestRulesBytes).map(tooLarge),
    ...(isCutOff
      ? [
          {
            path: '.',
            why: `it holds more than ${MOST_ENTRIES} new files; have the folder that holds them ignored by a .gitignore`,
          },
        ]
      : []),
  ]
}

function tooLarge({ path, bytes }: LargeFile): SnapshotProblem {
  return { path, why: `the file is too large for git: ${Math.ceil(bytes / 1024 / 1024)} MB` }
}

/**
 * Files that only rules for line endings make different: on disk they are what the base has, byte for byte. A base may hold what its own rules
 * would never have written.
 */
async function sameOnDisk(
  { objects }: Repository,
  worktree: string,
  differing: readonly Difference[],
): Promise<readonly Difference[]> {
  const same: Difference[] = []
  for (const difference of differing) {
    const { path, fromMode, toMode, fromOid } = difference
    if (fromMode !== toMode || !fromMode.startsWith('100')) continue
    const file = join(worktree, path)
    const size = await stat(file).then(
      (stats) => stats.size,
      () => undefined,
    )
    if ((await objects.info(fromOid))?.size !== size) continue
    if (blobId(await readFile(file), fromOid) === fromOid) same.push(difference)
  }
  return same
}

function blobId(content: Buffer, like: Oid): Oid {
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex')
}

function refused(problems: readonly SnapshotProblem[]): SnapshotOutcome {
  return { kind: 'refused', problems: [...problems].sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** What the worktree's files made git refuse is theirs; any other failure is ours to report. */
function notTaken(added: GitResult): SnapshotOutcome {
  const said = added.stderr.trim()
  if (/No space left|Input\/output error|Read-only file system|insufficient permission/.test(said)) {
    throw new GitCommandError(['add'], added.exitCode, said, 'a worktree')
  }
  return refused([{ path: '.', why: `git cannot take the files: ${said}` }])
}

/** Files that were in the base and did not change may be missing from a partial clone; those added were just written. */
async function writeTree(place: GitPlace): Promise<Oid> {
  return gitLine(place, ['write-tree', '--missing-ok'])
}

function unfit(taken: readonly Difference[]): SnapshotProblem[] {
  const problems: SnapshotProblem[] = []
  for (const { path, fromMode, toMode } of taken) {
    if (toMode === '160000') problems.push({ path, why: NESTED })
    else if (fromMode === '160000' && toMode !== '000000') problems.push({ path, why: IN_PLACE_OF_SUBMODULE })
    if (path.includes('\uFFFD')) problems.push({ path, why: 'its name is not UTF-8' })
  }
  return problems
}

/** Links that lead out of the tree through this change. Those that the base already held are the user's own. */
async function escaping(
  place: GitPlace,
  worktree: string,
  links: readonly string[],
  taken: readonly Difference[],
  excluded: readonly Difference[],
): Promise<SnapshotProblem[]> {
  const changed = new Set(taken.filter(({ toMode }) => toMode === '120000').map(({ path }) => path))
  if (changed.size === 0) return []
  const discarded = new Set(excluded.map(({ path }) => path))
  const suspects: string[] = []
  for (const path of links) {
    if (discarded.has(path) || !(await linkEscapes(worktree, path))) continue
    const isOwn = !changed.has(path) && textEscapes(path, await readlink(join(worktree, path)))
    if (!isOwn) suspects.push(path)
  }
  const ignored = suspects.filter((path) => !changed.has(path))
  const open = new Set(await notIgnored(place, ignored))
  return suspects
    .filter((path) => changed.has(path) || open.has(path))
    .map((path) => ({ path, why: 'the link leads out of the tree' }))
}

/** Those in folders that are not ignored; asking for `.git` itself would let a rule `.git` hide a repository. */
async function openRepositories(place: GitPlace, nested: readonly string[]): Promise<string[]> {
  const open = new Set(await notIgnored(place, [...new Set(nested.map((path) => dirname(path)))]))
  return nested.filter((path) => open.has(dirname(path)))
}

/** Puts the paths back as the base has them. */
async function restore(place: GitPlace, excluded: readonly Difference[]): Promise<void> {
  await editIndex(
    place,
    excluded.map(({ path, fromMode, fromOid }) => ({ path, mode: fromMode, oid: fromOid })),
  )
}

/** Without regard to case: where file systems have none, `.SPEC/x` would be written over `.spec/x`. */
function isUnder(path: string, folders: readonly string[]): boolean {
  const plain = path.normalize('NFC').toLowerCase()
  return folders.some((folder) => {
    const prefix = folder.normalize('NFC').toLowerCase().replace(/\/$/, '')
    return plain === prefix || plain.startsWith(`${prefix}/`)
  })
}
