import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inTheWay, settledPaths } from './advance-check.ts'
import { useElsewhere, useHere } from './branch-use.ts'
import type { AdvanceOutcome, AdvanceRequest, Repository } from './contract.ts'
import { copyIndex } from './copy-index.ts'
import { editIndex, type IndexEdit } from './edit-tree.ts'
import { LockHeldError, removeDeadLock, withLock } from './lock.ts'
import { placeOf } from './place.ts'
import { GitCommandError, type GitPlace, git, gitLine } from './process/index.ts'
import { readRef, updateRef } from './refs.ts'
import { differences, isAncestor } from './tree.ts'
import { readIfThere } from './worktree-registry.ts'

/** Other programs hold the index for moments; an editor's git may take longer on a large repository. */
const INDEX_WAIT_MS = 3000
const REASON = 'nx-conduct: fast-forward'

/**
 * Moves a branch forward as `git merge --ff-only` would. Where it is checked out at `repo.root`, index and files move with
 * it, and every other path, staged or not, stays as it is; where it is checked out nowhere, only the ref moves. A refusal
 * changes nothing. After a crash at any point, the same call finishes the work.
 */
export async function advanceBranch(repo: Repository, request: AdvanceRequest): Promise<AdvanceOutcome> {
  const { branch, from, to } = request
  const ref = `refs/heads/${branch}`
  const current = await readRef(repo, ref)
  if (current !== from && current !== to) {
    return refusal('branch-moved', `${branch} is at ${current ?? 'no commit'}, not at ${from}.`)
  }
  if (!(await isAncestor(repo, from, to))) return refusal('not-fast-forward', `${to} does not build on ${from}.`)

  const isHere = (await checkedOut(placeOf(repo))) === ref
  const lock = join(repo.gitDir, 'index.lock')
  if (current === to) {
    if (isHere) {
      await removeDeadLock(lock)
      await clearLeftovers(repo)
    }
    return { kind: 'already-there' }
  }
  const use = isHere ? await useHere(repo) : await useElsewhere(repo, branch)
  if (use !== undefined) return refusal(use.reason, use.message)
  if (!isHere) {
    const moved = await updateRef(repo, ref, to, { expected: from, reason: REASON })
    return moved ? { kind: 'advanced', from, to, filesUpdated: false } : movedMeanwhile(branch)
  }
  try {
    return await withLock(lock, request.indexWaitMs ?? INDEX_WAIT_MS, () => advanceCheckout(repo, request, ref))
  } catch (error) {
    if (error instanceof LockHeldError) return refusal('operation-in-progress', error.message)
    throw error
  }
}

/**
 * Files first, then the index, the ref last: a crash in between leaves files and index that equal the target, which the
 * next call takes for done. All on a copy of the index, because its real lock keeps everybody else's git out meanwhile.
 */
async function advanceCheckout(repo: Repository, request: AdvanceRequest, ref: string): Promise<AdvanceOutcome> {
  const { branch, from, to } = request
  const { staging, journal } = leftovers(repo)
  const place: GitPlace = { ...placeOf(repo), env: { GIT_INDEX_FILE: staging } }
  const index = join(repo.gitDir, 'index')
  const intent = `${from} ${to}\n`
  const isResumed = (await readIfThere(journal)) === intent
  await clearLeftovers(repo)
  await copyIndex(index, staging)
  try {
    // The lock was taken after the first look.
    if ((await readRef(repo, ref)) !== from || (await checkedOut(place)) !== ref) return movedMeanwhile(branch)
    const touched = await differences(repo, from, to)
    const settled = await settledPaths(repo, place, touched, isResumed)
    if (settled.dirty.length > 0) return dirty(settled.dirty)
    await writeFile(journal, intent)
    for (const path of settled.torn) await rm(join(repo.root, path))
    const start = await treeWhereDone(repo, from, settled.done)
    await editIndex(place, settled.done)
    // Where a filter of the user's is missing this fails; what is in the way is judged below.
    await git(place, ['update-index', '-q', '--refresh'], { exits: [0, 1, 128] })
    const walked = await git(place, ['read-tree', '-m', '-u', start, to], { exits: [0, 128] })
    if (walked.exitCode !== 0) {
      const paths = inTheWay(walked.stderr, touched)
      if (paths.length === 0) throw new GitCommandError(['read-tree'], walked.exitCode, walked.stderr, repo.root)
      return dirty(paths)
    }
    await rename(staging, index)
    const goBack = async (): Promise<void> => {
      await copyIndex(index, staging)
      await git(place, ['read-tree', '-m', '-u', to, from])
      await rename(staging, index)
    }
    const hasMoved = await updateRef(repo, ref, to, { expected: from, reason: REASON }).catch(
      async (error: unknown) => {
        await goBack()
        throw error
      },
    )
    if (hasMoved) return { kind: 'advanced', from, to, filesUpdated: true }
    await goBack()
    return movedMeanwhile(branch)
  } finally {
    await clearLeftovers(repo)
  }
}

/** `from` with what is already done, so that git has only the rest to do. */
async function treeWhereDone(repo: Repository, from: string, done: readonly IndexEdit[]): Promise<string> {
  if (done.length === 0) return from
  const start: GitPlace = { ...placeOf(repo), env: { GIT_INDEX_FILE: leftovers(repo).start } }
  await git(start, ['read-tree', from])
  await editIndex(start, done)
  return gitLine(start, ['write-tree', '--missing-ok'])
}

/** Files of ours beside the user's index while it is being advanced. */
function leftovers(repo: Repository): { readonly staging: string; readonly start: string; readonly journal: string } {
  return {
    staging: join(repo.gitDir, 'nx-conduct.index'),
    start: join(repo.gitDir, 'nx-conduct.start.index'),
    journal: join(repo.gitDir, 'nx-conduct.advance'),
  }
}

async function clearLeftovers(repo: Repository): Promise<void> {
  const { staging, start, journal } = leftovers(repo)
  for (const file of [staging, `${staging}.lock`, start, `${start}.lock`, journal]) await rm(file, { force: true })
}

/** The full name of the branch that HEAD is on; empty when it is detached. */
async function checkedOut(place: GitPlace): Promise<string> {
  return gitLine(place, ['symbolic-ref', '--quiet', 'HEAD'], { exits: [0, 1] })
}

function refusal(
  reason: Extract<AdvanceOutcome, { kind: 'refused' }>['reason'],
  message: string,
  paths: readonly string[] = [],
): AdvanceOutcome {
  return { kind: 'refused', reason, paths, message }
}

function movedMeanwhile(branch: string): AdvanceOutcome {
  return refusal('branch-moved', `${branch} moved while it was to be advanced.`)
}

function dirty(paths: readonly string[]): AdvanceOutcome {
  const named = paths.slice(0, 5).join(', ') + (paths.length > 5 ? `, and ${paths.length - 5} more` : '')
  const message = `Your own changes are in the way: ${named}. Commit them or move them away.`
  return refusal('dirty', message, [...paths].sort())
}
