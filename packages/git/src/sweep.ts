import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { commitTree } from './commit.ts'
import type { Oid, Repository, SavedWork, SaveOptions, SweepOptions, SweptWorktree, WorktreeEntry } from './contract.ts'
import { GitError, git, gitLine, isAlive } from './process/index.ts'
import { isReachable } from './reachable.ts'
import { readCommit } from './read-commit.ts'
import { readRef, updateRef } from './refs.ts'
import { withScratch } from './scratch.ts'
import { clearDeadScratch } from './scratch-folder.ts'
import { treeOf } from './tree.ts'
import { unfitRulesIn, walk } from './walk.ts'
import { removeNameless, removeWorktree } from './worktree.ts'
import { mustBeOurs } from './worktree-discard.ts'
import { isLinkFileTo } from './worktree-health.ts'
import { listLinkedWorktrees } from './worktree-list.ts'
import { lstatIfThere, type Registration, registrationOf } from './worktree-registry.ts'

const RESCUER = { name: 'nx-conduct', email: 'nx-conduct@localhost' }

/**
 * Clears the worktrees of ours whose process is gone, except those `keep` claims. Work in them that differs from their commit
 * is first committed and put on the ref that `saveRef` names, or, where that name is taken, on the next free `-2`, `-3`, …
 * Ignored files are not saved. Says what it did; a worktree that cannot be cleared is reported as kept and stops nothing.
 */
export async function sweepWorktrees(repo: Repository, options: SweepOptions): Promise<SweptWorktree[]> {
  const swept: SweptWorktree[] = []
  for (const entry of await listLinkedWorktrees(repo)) {
    const { owner, path } = entry
    if (owner === undefined || options.keep(owner, path) || isAlive(owner)) continue
    try {
      const saved = (await options.isUnused?.(path)) ? undefined : await rescue(repo, entry, options, whoIsGone(entry))
      await removeWorktree(repo, path)
      swept.push(saved === undefined ? { kind: 'removed', path, owner } : { kind: 'saved', path, owner, ...saved })
    } catch (error) {
      if (!(error instanceof Error)) throw error
      swept.push({ kind: 'kept', path, owner, why: error.message })
    }
  }
  await removeNameless(repo, (owner) => options.keep(owner, ''))
  await clearDeadScratch()
  return swept
}

function whoIsGone({ owner }: WorktreeEntry): string {
  return `The process that had it, ${owner?.pid} on ${owner?.host}, is gone.`
}

/**
 * Removes one worktree of ours, whoever has it, and first saves all that is in it and nowhere else, as {@link sweepWorktrees} does.
 * `why` goes into the commit. Undefined where there was nothing to save.
 */
export async function saveAndRemoveWorktree(
  repo: Repository,
  entry: WorktreeEntry,
  options: SaveOptions & { readonly why: string },
): Promise<SavedWork | undefined> {
  const saved = await rescue(repo, entry, options, options.why)
  await removeWorktree(repo, entry.path)
  return saved
}

async function rescue(
  repo: Repository,
  entry: WorktreeEntry,
  options: SaveOptions,
  why: string,
): Promise<SavedWork | undefined> {
  const registration = await registrationOf(repo, entry.path)
  if (registration === undefined || (await lstatIfThere(entry.path)) === undefined) return undefined
  await mustBeOurs(repo, entry.path, registration)
  // No index: killed before the files were complete, so nobody has worked here.
  if ((await lstatIfThere(join(registration.adminDir, 'index'))) === undefined) return undefined
  if ((await readdir(entry.path)).every((name) => name === '.git')) return undefined
  if (entry.commit === undefined) throw new GitError(`The HEAD of ${entry.path} cannot be read.`)
  const base = await treeOf(repo, entry.commit)
  const ignored = (await options.alsoSave?.(entry.path)) ?? []
  const tree = await capture(repo, registration, { worktree: entry.path, base, ignored })
  if (tree === base) return rescueCommit(repo, entry, entry.commit, options)
  const commit = await commitTree(repo, {
    tree,
    parents: [entry.commit],
    message: `Work left in ${entry.path}\n\n${why}\n`,
    author: RESCUER,
    at: options.at ?? new Date().toISOString(),
  })
  return { ref: await saveUnder(repo, await options.saveRef(entry), commit), commit }
}

/** Commits that somebody made there, on no branch: nothing else names them. Ours are kept by the log where they are needed. */
async function rescueCommit(
  repo: Repository,
  entry: WorktreeEntry,
  commit: Oid,
  options: SaveOptions,
): Promise<SavedWork | undefined> {
  if (entry.branch !== undefined) return undefined
  if ((await readCommit(repo, commit)).authorEmail === RESCUER.email) return undefined
  if (await isReachable(repo, commit)) return undefined
  return { ref: await saveUnder(repo, await options.saveRef(entry), commit), commit }
}

/** Everything there is, also what a snapshot would refuse: nested git metadata is kept as ordinary files of another name. */
async function capture(
  repo: Repository,
  registration: Registration,
  { worktree, base, ignored }: { readonly worktree: string; readonly base: Oid; readonly ignored: readonly string[] },
): Promise<Oid> {
  const { nested, special, rules } = await walk(worktree, {
    mostEntries: Number.POSITIVE_INFINITY,
    largerThanBytes: Number.POSITIVE_INFINITY,
  })
  // git would wait for a pipe of rules, and hold gigabytes of them in memory.
  const unfit = unfitRulesIn({ special, rules })
  for (const [at, path] of unfit.entries()) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    await rename(join(worktree, path), join(worktree, `${folder}saved-rules-${at + 1}`))
  }
  const isReplaced =
    (await lstatIfThere(join(worktree, '.git'))) !== undefined &&
    !(await isLinkFileTo(join(worktree, '.git'), registration.adminDir))
  // The deepest first, so that the folders above still have their names.
  const foreign = [...nested].sort((a, b) => b.split('/').length - a.split('/').length)
  for (const [at, path] of [...foreign, ...(isReplaced ? ['.git'] : [])].entries()) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    await rename(join(worktree, path), join(worktree, `${folder}saved-git-${at + 1}`))
  }
  return withScratch(repo, { like: base, workTree: worktree }, async ({ place }) => {
    await git(place, ['read-tree', base])
    if (unfit.length > 0) {
      // The base's rules are in force again, where it has some.
      const input = unfit.map((path) => `${path}\0`).join('')
      await git(place, ['checkout-index', '--quiet', '-z', '--stdin'], { input, exits: [0, 1, 128] })
    }
    await git(place, ['add', '--all', '--', '.'])
    if (ignored.length > 0) {
      await git(place, ['add', '--force', '--pathspec-from-file=-', '--pathspec-file-nul'], {
        input: ignored.map((path) => `:(top,literal)${path}\0`).join(''),
      })
    }
    return gitLine(place, ['write-tree', '--missing-ok'])
  })
}

async function saveUnder(repo: Repository, wanted: string, commit: Oid): Promise<string> {
  for (let at = 1; at < 1000; at += 1) {
    const ref = at === 1 ? wanted : `${wanted}-${at}`
    if ((await readRef(repo, ref)) === commit) return ref
    const update = { expected: null, reason: 'nx-conduct: saved from a worktree' }
    if (await updateRef(repo, ref, commit, update)) return ref
  }
  throw new GitError(`No free name is left beside ${wanted}.`, { hint: 'Delete refs that are no longer needed.' })
}
