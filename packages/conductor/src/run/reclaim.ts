import { readdir, realpath, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  GitError,
  isRunning,
  listWorktrees,
  type Oid,
  processIdentity,
  readCommit,
  removeWorktree,
  sweepWorktrees,
} from '@nx-conduct/git'
import { artifactRoot, type Phase, type Plan, phaseBySlug, specRefs } from '@nx-conduct/spec'
import { forgetPending, type PendingWork, pendingIn } from '../agents/pending-work.ts'
import { readClientRecord } from '../checkouts/client-record.ts'
import { clearDiscardedLayers, layersFolder } from '../checkouts/kept-layers.ts'
import { removeLeftBeside } from '../checkouts/setup-record.ts'
import { failedLabel, isIdle, makerOf, releaseHeld, removeDeadFolders, savedName } from '../checkouts/slots.ts'
import { allHandedIn } from '../reuse/handed-in.ts'
import { halfMadeBy } from '../step/artifact.ts'
import { closeMoved } from './close-moved.ts'
import type { RunContext } from './context.ts'
import { conductIdentity } from './identity.ts'
import { snapshotOfLeft } from './left-worktree.ts'

export type ReclaimContext = Pick<RunContext, 'workspace' | 'plan' | 'log' | 'surroundings' | 'checkouts'>

/**
 * Recovers what dead processes left: worktrees (unfinished work in them is kept on a ref, then they are removed; finished
 * work that could not be recorded stays where it is for the step it belongs to), half-written artifacts, and runs whose end
 * was not recorded.
 */
export async function reclaim(
  context: ReclaimContext,
  when: 'start' | 'end' | 'between calls of a client' = 'start',
): Promise<void> {
  const { workspace, plan, log, surroundings, checkouts } = context
  await log.clearStaleLocks()
  await removeHalfMade(workspace.root)
  await closeMoved(context)
  await removeRecorded(context)
  const self = processIdentity()
  const pending = new Set((await pendingBeside(checkouts.folder)).map(({ top }) => top))
  const { unclaimed, handedIn } = await worktreesOfPeople(context, when)
  const swept = await sweepWorktrees(workspace.repository, {
    // A process on another machine cannot be asked whether it is alive.
    keep: ({ host }, path) => host !== self.host || pending.has(path) || unclaimed.has(path),
    isUnused: async (path) => handedIn.has(path) || (await isIdle(path)),
    saveRef: async ({ owner, path }) => specRefs(plan.name).saved(owner?.run ?? 'unknown', await savedName(path)),
    at: surroundings.clock.now().toISOString(),
  })
  await removeEmptied(context)
  await removeDeadFolders(checkouts.folder)
  await releaseHeld(workspace.repository, checkouts.folder, specRefs(plan.name))
  await removeLeftBeside(checkouts.folder)
  await clearDiscardedLayers(layersFolder(checkouts.folder))
  for (const entry of swept) {
    surroundings.report({
      type: 'notice',
      severity: entry.kind === 'kept' ? 'warning' : 'info',
      code: 'worktree-reclaimed',
      message:
        entry.kind === 'kept'
          ? `the worktree ${entry.path} of a process that is gone cannot be removed: ${entry.why}`
          : `removed the worktree ${entry.path} of a process that is gone${entry.kind === 'saved' ? `; its unfinished work is kept at ${entry.ref}` : ''}`,
    })
  }
}

interface OfPeople {
  /** Hold what nobody handed in: they stay, and the run says so. */
  readonly unclaimed: ReadonlySet<string>
  /** Hold what was handed in, and nothing else. */
  readonly handedIn: ReadonlySet<string>
}

/** Worktrees of failed phases in which a person has worked, and those of clients. */
async function worktreesOfPeople(
  { workspace, plan, log, surroundings, checkouts }: ReclaimContext,
  when: Parameters<typeof reclaim>[1],
): Promise<OfPeople> {
  const unclaimed = new Set<string>()
  const handedIn = new Set<string>()
  const folder = await realpath(checkouts.folder).catch(() => undefined)
  const { runs } = await log.state()
  const left: Left[] = []
  for (const { path, commit } of await listWorktrees(workspace.repository)) {
    if (dirname(path) !== folder) {
      // Of another spec, whose log this process does not read.
      if ((await readClientRecord(path)) !== undefined) unclaimed.add(path)
      continue
    }
    if (commit === undefined) continue
    const phase = failedPhase(plan, basename(path))
    if (phase !== undefined) left.push({ path, phase: phase.id, commit, why: 'failed', isMadeByUs: false })
    const client = phase === undefined ? await readClientRecord(path) : undefined
    if (client === undefined) continue
    const of = phaseBySlug(plan, client.phase)
    const { start } = client
    left.push({ path, phase: of?.id ?? client.phase, commit: start, why: 'client', isMadeByUs: commit === start })
    // A client may come back to its worktrees until its run has ended.
    if ((runs[client.run]?.status ?? 'finalized') !== 'finalized') unclaimed.add(path)
  }
  if (left.length === 0) return { unclaimed, handedIn }
  const taken = new Set(
    allHandedIn(await log.state()).flatMap((each) => [each.taken, ...(each.worktrees ?? []).map(({ tree }) => tree)]),
  )
  for (const { phase, path, commit, why, isMadeByUs } of left) {
    // It stays in any case, and nobody is told.
    if (unclaimed.has(path) && when !== 'start') continue
    const found = await workIn(workspace, { top: path, commit, taken, isMadeByUs }).catch((error: unknown) => {
      // What cannot be read is for the sweep, which keeps it and says why.
      if (error instanceof GitError) return 'none' as const
      throw error
    })
    if (found === 'handed in') handedIn.add(path)
    if (found !== 'unclaimed') continue
    unclaimed.add(path)
    if (when !== 'start') continue
    const directory = join(path, workspace.prefix)
    const whose =
      why === 'failed' ? `which phase ${phase} left when it failed,` : `a client's worktree for phase ${phase},`
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'not-handed-in',
      message: `${directory}, ${whose} has changes that nobody handed in: they stay there, and this run goes on without them`,
      hint: `Hand them in with: npx nx run ${plan.name}:hand-in --phase=${phase} --from=${directory}`,
    })
  }
  return { unclaimed, handedIn }
}

interface Left {
  readonly path: string
  /** Id of the phase. */
  readonly phase: string
  /** The commit that it was made from. */
  readonly commit: Oid
  readonly why: 'failed' | 'client'
  /** Whether `commit` is known to be ours, and nobody has committed there. */
  readonly isMadeByUs: boolean
}

/** The phase that left a worktree, by the name of its folder. */
function failedPhase({ phases }: Plan, name: string): Phase | undefined {
  return phases.find(({ slug }) => makerOf(name) !== undefined && name.startsWith(`${failedLabel(slug)}-`))
}

async function workIn(
  workspace: ReclaimContext['workspace'],
  {
    top,
    commit,
    taken,
    isMadeByUs,
  }: {
    readonly top: string
    readonly commit: Oid
    readonly taken: ReadonlySet<Oid>
    /** Whether `commit` is known to be what it was made from, and is nobody's work. */
    readonly isMadeByUs: boolean
  },
): Promise<'unclaimed' | 'handed in' | 'none'> {
  const { repository, objects } = workspace
  const base = await objects.treeOf(commit)
  const found = await snapshotOfLeft(workspace, { top, base })
  if (found.kind === 'refused') return 'unclaimed'
  const isOurs = isMadeByUs || (await readCommit(repository, commit)).authorEmail === conductIdentity.email
  if (taken.has(found.tree)) {
    // What was left out of it is saved before the worktree is removed.
    const isAll = isOurs && found.discarded.length === 0 && found.leftOut.length === 0
    return isAll ? 'handed in' : 'none'
  }
  return isOurs && found.tree === base ? 'none' : 'unclaimed'
}

/** Worktrees of sessions that were recorded: their process was killed before it could remove them. */
async function removeRecorded({ workspace, log, checkouts }: ReclaimContext): Promise<void> {
  const pending = await pendingIn(checkouts.folder)
  if (pending.length === 0) return
  const { sessions } = await log.state()
  for (const { top, sessionKey, outcome } of pending) {
    const recorded = sessions[sessionKey]
    if (recorded === undefined || (outcome.kind === 'reported' && recorded.report === undefined)) continue
    await removeWorktree(workspace.repository, top)
    await forgetPending({ top, sessionKey })
  }
}

/** Sessions of this spec and of the repository's others that nobody recorded: the sweep sees the worktrees of all of them. */
async function pendingBeside(folder: string): Promise<readonly PendingWork[]> {
  const home = dirname(folder)
  const specs = await readdir(home).catch(() => [])
  return (await Promise.all(specs.map((spec) => pendingIn(join(home, spec))))).flat()
}

/** Half-written artifacts of processes that were killed. */
async function removeHalfMade(root: string): Promise<void> {
  const folder = join(root, artifactRoot)
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = halfMadeBy(name)
    if (pid !== undefined && !isRunning(pid)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Folders of processes that were killed before git knew a worktree there. What is not empty is kept. */
async function removeEmptied({ workspace, checkouts }: ReclaimContext): Promise<void> {
  // As git names it: links in between are followed.
  const folder = await realpath(checkouts.folder).catch(() => undefined)
  if (folder === undefined) return
  const left = (await readdir(folder)).filter((name) => {
    const maker = makerOf(name)
    return maker !== undefined && !isRunning(maker)
  })
  if (left.length === 0) return
  const registered = new Set((await listWorktrees(workspace.repository)).map(({ path }) => path))
  for (const name of left)
    if (!registered.has(join(folder, name))) await rmdir(join(folder, name)).catch(() => undefined)
}
