import {
  branchUses,
  clearDeadScratch,
  dirtyPaths,
  ignoredPaths,
  inspectWorktree,
  isAlive,
  isAncestor,
  isReachable,
  listRefs,
  listWorktrees,
  type NamedRef,
  type Oid,
  openRepository,
  type ProcessIdentity,
  type Repository,
  readHead,
  readRef,
  removeWorktree,
  sweepWorktrees,
  unfitRules,
  updateRef,
  type WorktreeEntry,
} from '@nx-conduct/git'
import { type SpecRefs, specRefs } from '@nx-conduct/spec'
import type { RunLog } from '@nx-conduct/store'
import { possibleResultBranches } from '../run/result-branch.ts'
import { layersFolder, removeOldLayers } from './kept-layers.ts'
import { type DiskUse, diskUseOf } from './layer-contents.ts'
import { ignoredOfItsOwn } from './own-ignored.ts'
import { forgetSetup, madeBySetup, removeLeftBeside } from './setup-record.ts'
import { isIdle, labelOf, releaseHeld, removeDeadFolders, savedName } from './slots.ts'

export type Cleaned = {
  /** A worktree's folder or a ref. */
  readonly what: string
} & (
  | {
      readonly kind: 'removed'
      readonly savedAs?: string
      /** What a folder took up on the disk. */
      readonly freed?: DiskUse
    }
  | { readonly kind: 'kept'; readonly why: string }
)

/** What cleaning reads and changes: parts of a run's context. */
export interface Cleanable {
  readonly workspace: { readonly repository: Repository }
  readonly plan: { readonly name: string }
  readonly log: Pick<RunLog, 'state'>
  readonly checkouts: { readonly folder: string }
  readonly surroundings: { readonly clock: { now(): Date } }
}

/**
 * Removes what ended runs left: worktrees, what setups made, result branches, checkpoint refs. What is unmerged, unsaved or in use is kept.
 * With `force` all but what is in use goes; commits and changes that would be lost are first put on a ref that is named.
 * Of ignored files, those that setup did not make are saved up to a number. A branch that is checked out, rebased or bisected anywhere is never deleted.
 */
export async function clean(context: Cleanable, { force }: { readonly force: boolean }): Promise<readonly Cleaned[]> {
  const worktrees = force ? await removeWorktrees(context) : await removeFinished(context.workspace.repository)
  await clearDeadScratch()
  const folders = new Map<string, DiskUse>()
  await removeDeadFolders(context.checkouts.folder, async (folder) => {
    folders.set(folder, await diskUseOf(folder))
  })
  await releaseHeld(context.workspace.repository, context.checkouts.folder, specRefs(context.plan.name))
  await removeLeftBeside(context.checkouts.folder)
  return [
    ...worktrees,
    ...[...folders].map(([what, freed]) => ({ kind: 'removed', what, freed }) as const),
    ...(await removeLayers(context.checkouts.folder)),
    ...(await cleanRefs(context, force)),
  ]
}

/** Removes what setups made, which can be made again. */
async function removeLayers(checkouts: string): Promise<readonly Cleaned[]> {
  const { removed, used } = await removeOldLayers(layersFolder(checkouts), 0)
  return [
    ...removed.map(({ path: what, bytes, inodes }) => ({ kind: 'removed', what, freed: { bytes, inodes } }) as const),
    ...used.map(({ path: what, by }) => ({ kind: 'kept', what, why: inUse(by) }) as const),
  ]
}

/** Removes the worktrees that hold nothing of their own. */
async function removeFinished(repository: Repository): Promise<readonly Cleaned[]> {
  const cleaned: Cleaned[] = []
  for (const entry of await listWorktrees(repository)) {
    if (entry.owner === undefined) continue
    const { path } = entry
    const isUnused = !isAlive(entry.owner) && (await isIdle(path))
    const why = isUnused ? undefined : isAlive(entry.owner) ? inUse(entry.owner) : await whyKept(repository, entry)
    let freed: DiskUse | undefined
    if (why === undefined) {
      freed = await diskUseOf(path)
      await removeWorktree(repository, path)
      await forgetSetup(path)
    }
    const label = await labelOf(path)
    const whose = label === undefined ? '' : ` (${label})`
    cleaned.push(
      freed === undefined
        ? { kind: 'kept', what: path, why: `${why}${whose}` }
        : { kind: 'removed', what: path, freed },
    )
  }
  return cleaned
}

/** Removes all worktrees whose process is gone; saves changes, and commits that no ref has. */
async function removeWorktrees({
  workspace: { repository },
  plan,
  surroundings: { clock },
}: Cleanable): Promise<readonly Cleaned[]> {
  const refs = specRefs(plan.name)
  const cleaned: Cleaned[] = []
  const savedHeads = new Map<string, string>()
  const sizes = new Map<string, DiskUse>()
  for (const { path, owner, commit } of await listWorktrees(repository)) {
    if (owner === undefined) continue
    if (!isAlive(owner)) sizes.set(path, await diskUseOf(path))
    if (isAlive(owner)) cleaned.push({ kind: 'kept', what: path, why: inUse(owner) })
    else if (commit !== undefined && !(await isReachable(repository, commit))) {
      savedHeads.set(path, await saveUnder(repository, refs.saved('clean', await savedName(path)), commit))
    }
  }
  const swept = await sweepWorktrees(repository, {
    keep: () => false,
    isUnused: isIdle,
    saveRef: async ({ path }) => refs.saved('clean', await savedName(path)),
    alsoSave: ignoredOfItsOwn,
    at: clock.now().toISOString(),
  })
  for (const entry of swept) {
    const { path: what } = entry
    if (entry.kind === 'kept') {
      cleaned.push({ kind: 'kept', what, why: entry.why })
      continue
    }
    await forgetSetup(what)
    // What is saved from a worktree builds on its HEAD.
    const savedAs = entry.kind === 'saved' ? entry.ref : savedHeads.get(what)
    const freed = sizes.get(what)
    cleaned.push({
      kind: 'removed',
      what,
      ...(savedAs === undefined ? {} : { savedAs }),
      ...(freed === undefined ? {} : { freed }),
    })
  }
  return cleaned
}

function inUse({ pid, host, startedAt }: ProcessIdentity): string {
  return `process ${pid} on ${host} uses it since ${startedAt}`
}

/** Why a worktree holds something that exists nowhere else; undefined when it does not. */
async function whyKept(repository: Repository, { path, commit }: WorktreeEntry): Promise<string | undefined> {
  const saved = '--force removes it and saves that to a ref'
  const health = await inspectWorktree(repository, path)
  if (health.kind === 'broken') return `${health.why}; ${saved}`
  const unfit = await unfitRules(path)
  if (unfit.length > 0) return `git cannot work there because of ${some(unfit)}, which is a pipe or too large; ${saved}`
  const opened = await openRepository(path)
  if (opened.kind !== 'repository') return `${opened.message}; ${saved}`
  if (commit !== undefined && !(await isReachable(repository, commit))) {
    return `its commit ${commit.slice(0, 7)} is on no branch; ${saved}`
  }
  try {
    const { tracked, untracked } = await dirtyPaths(opened.repository)
    if (tracked.length + untracked.length > 0) {
      return `it holds changes that no commit has (${some([...tracked, ...untracked])}); ${saved}`
    }
    const isMade = await madeBySetup(path)
    const ignored = (await ignoredPaths(opened.repository)).filter((file) => !isMade(file))
    if (ignored.length === 0) return undefined
    return `it holds ignored files that setup did not make (${some(ignored)}); ${saved}`
  } catch (error) {
    return `git cannot say what changed in it (${error instanceof Error ? error.message.trim() : error}); ${saved}`
  }
}

function some(paths: readonly string[]): string {
  return `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''}`
}

async function cleanRefs(context: Cleanable, force: boolean): Promise<readonly Cleaned[]> {
  const { repository } = context.workspace
  const refs = specRefs(context.plan.name)
  const head = await readHead(repository)
  const { branches, recorded } = await resultsOf(context)
  const cleaned: Cleaned[] = []
  for (const { ref, oid } of await listRefs(repository, `${refs.checkpoints}/`)) {
    const merged = await isAncestor(repository, oid, head.commit)
    const why = `${oid.slice(0, 7)} is not merged`
    cleaned.push(await removeRef(repository, { ref, oid, refs, force, ...(merged ? {} : { why }) }))
  }
  for (const branch of branches) {
    const ref = `refs/heads/${branch}`
    const oid = await readRef(repository, ref)
    if (oid === undefined) continue
    const [use] = await branchUses(repository, branch)
    if (use !== undefined) {
      const what = use.kind === 'checked-out' ? 'it is checked out' : `a ${use.kind} of it is in progress`
      cleaned.push({ kind: 'kept', what: ref, why: `${what} in ${use.where}` })
      continue
    }
    const merged = await isAncestor(repository, oid, head.commit)
    const why = recorded.has(oid)
      ? `${oid.slice(0, 7)} is not merged`
      : `${oid.slice(0, 7)} is not what a run made: it has commits of your own that are not merged`
    cleaned.push(await removeRef(repository, { ref, oid, refs, force, ...(merged ? {} : { why }) }))
  }
  return cleaned
}

/** The branches that runs may have left a result on, and every commit that the run log names as a result. */
async function resultsOf({ plan, log }: Cleanable) {
  const { runs, steps } = await log.state()
  const branches = possibleResultBranches(plan.name, Object.keys(runs))
  const recorded = new Set<Oid>()
  for (const { landing, finalized } of Object.values(runs)) {
    if (landing !== undefined) recorded.add(landing.to)
    if (finalized !== undefined) recorded.add(finalized.to)
  }
  for (const { step, result } of Object.values(steps)) {
    if (step === 'finalize' && result !== undefined) recorded.add(result.commit)
  }
  return { branches, recorded }
}

interface Removal extends NamedRef {
  readonly refs: SpecRefs
  readonly force: boolean
  /** Why something would be lost; absent when nothing would. */
  readonly why?: string
}

async function removeRef(repository: Repository, { ref, oid, refs, force, why }: Removal): Promise<Cleaned> {
  if (why !== undefined && !force) {
    return { kind: 'kept', what: ref, why: `${why}; --force removes it and keeps it under an archive ref` }
  }
  const savedAs = why === undefined ? undefined : refs.archive('clean', oid.slice(0, 12))
  if (savedAs !== undefined) await updateRef(repository, savedAs, oid, { reason: `conduct: clean of ${ref}` })
  const removed = await updateRef(repository, ref, undefined, { expected: oid, reason: 'conduct: clean' })
  if (!removed) return { kind: 'kept', what: ref, why: 'it moved in the meantime' }
  return { kind: 'removed', what: ref, ...(savedAs === undefined ? {} : { savedAs }) }
}

/** Puts a commit on the first free name: `wanted`, `wanted-2`, … Returns that name. */
async function saveUnder(repository: Repository, wanted: string, commit: Oid): Promise<string> {
  for (let at = 1; ; at += 1) {
    const ref = at === 1 ? wanted : `${wanted}-${at}`
    if ((await readRef(repository, ref)) === commit) return ref
    if (await updateRef(repository, ref, commit, { expected: null, reason: 'conduct: clean' })) return ref
  }
}
