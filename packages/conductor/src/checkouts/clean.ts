import {
  dirtyPaths,
  inspectWorktree,
  isAlive,
  listRefs,
  listWorktrees,
  openRepository,
  readRef,
  removeWorktree,
  sweepWorktrees,
  updateRef,
} from '@nx-conduct/git'
import { resultBranch } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import { removeOrphans } from '../run/reclaim.ts'

export type Cleaned = {
  /** A worktree's folder or a ref. */
  readonly what: string
} & ({ readonly kind: 'removed'; readonly savedAs?: string } | { readonly kind: 'kept'; readonly why: string })

/**
 * Removes what runs that ended left: worktrees, the result branch, checkpoint refs. What is unmerged, unsaved or in use is
 * kept; with `force` all but what is in use goes, and what would be lost is first put on a ref that is named.
 */
export async function clean(conduct: RunContext, { force }: { readonly force: boolean }): Promise<readonly Cleaned[]> {
  const worktrees = await cleanWorktrees(conduct, force)
  await removeOrphans(conduct.checkouts.folder)
  return [...worktrees, ...(await cleanRefs(conduct, force))]
}

async function cleanWorktrees(conduct: RunContext, force: boolean): Promise<readonly Cleaned[]> {
  const cleaned: Cleaned[] = []
  const { repository } = conduct.workspace
  for (const { path, owner } of await listWorktrees(repository)) {
    if (owner === undefined) continue
    if (await isAlive(owner)) {
      cleaned.push({
        kind: 'kept',
        what: path,
        why: `process ${owner.pid} on ${owner.host} uses it since ${owner.startedAt}`,
      })
    } else if (!force) {
      const why = await unsaved(conduct, path)
      if (why === undefined) {
        await removeWorktree(repository, path)
        cleaned.push({ kind: 'removed', what: path })
      } else cleaned.push({ kind: 'kept', what: path, why: `${why}; --force removes it and saves that to a ref` })
    }
  }
  if (!force) return cleaned
  const swept = await sweepWorktrees(repository, {
    keep: () => false,
    saveRef: ({ path }) => `refs/conduct/${conduct.plan.name}/saved/clean/${path.split('/').at(-1) ?? 'worktree'}`,
    at: conduct.surroundings.clock.now().toISOString(),
  })
  return [
    ...cleaned,
    ...swept.map(
      (entry): Cleaned =>
        entry.kind === 'kept'
          ? { kind: 'kept', what: entry.path, why: entry.why }
          : { kind: 'removed', what: entry.path, ...(entry.kind === 'saved' ? { savedAs: entry.ref } : {}) },
    ),
  ]
}

/** Why a worktree holds something that exists nowhere else; undefined when it does not. */
async function unsaved(conduct: RunContext, path: string): Promise<string | undefined> {
  const health = await inspectWorktree(conduct.workspace.repository, path)
  if (health.kind === 'broken') return health.why
  const opened = await openRepository(path)
  if (opened.kind !== 'repository') return opened.message
  let paths: readonly string[]
  try {
    const { tracked, untracked } = await dirtyPaths(opened.repository)
    paths = [...tracked, ...untracked]
  } catch (error) {
    return `git cannot say what changed in it (${error instanceof Error ? error.message.trim() : error})`
  }
  return paths.length === 0
    ? undefined
    : `it holds changes that no commit has (${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''})`
}

async function cleanRefs(conduct: RunContext, force: boolean): Promise<readonly Cleaned[]> {
  const { plan, run } = conduct
  const { repository, objects } = conduct.workspace
  const branch = `refs/heads/${resultBranch(plan.name)}`
  const result = await readRef(repository, branch)
  const refs = [
    ...(await listRefs(repository, `refs/conduct/${plan.name}/checkpoint/`)),
    ...(result === undefined ? [] : [{ ref: branch, oid: result }]),
  ]
  const cleaned: Cleaned[] = []
  for (const { ref, oid } of refs) {
    const merged = await objects.isAncestor(oid, run.base.commit)
    if (!merged && !force) {
      cleaned.push({
        kind: 'kept',
        what: ref,
        why: `${oid.slice(0, 7)} is not merged; --force removes it and keeps it under an archive ref`,
      })
      continue
    }
    const savedAs = merged ? undefined : `refs/conduct/${plan.name}/archive/clean/${oid.slice(0, 12)}`
    if (savedAs !== undefined) await updateRef(repository, savedAs, oid, { reason: `conduct: clean of ${ref}` })
    await updateRef(repository, ref, undefined, { expected: oid, reason: 'conduct: clean' })
    cleaned.push({ kind: 'removed', what: ref, ...(savedAs === undefined ? {} : { savedAs }) })
  }
  return cleaned
}
