import { realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  changedPaths,
  GitError,
  isReachable,
  listWorktrees,
  type Oid,
  removeWorktree,
  type SavedWork,
  type SnapshotOutcome,
  saveAndRemoveWorktree,
  type WorktreeEntry,
} from '@nx-conduct/git'
import { type Module, type Phase, phaseBySlug, specRefs } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { ownershipIn } from '../agents/find-ownership.ts'
import type { Ownership } from '../agents/ownership.ts'
import { readClientRecord, writeClientRecord } from '../checkouts/client-record.ts'
import { ignoredOfItsOwn } from '../checkouts/own-ignored.ts'
import { openCheckout } from '../checkouts/setup.ts'
import { forgetSetup } from '../checkouts/setup-record.ts'
import { savedName } from '../checkouts/slots.ts'
import type { RunContext } from '../run/context.ts'
import { snapshotOfLeft } from '../run/left-worktree.ts'
import { inWorkspace } from '../run/workspace.ts'
import { underLease } from '../step/lease.ts'
import { leasedBy } from './leased.ts'
import { phaseTip } from './phase-tip.ts'

/** A worktree in which a client works on a module. It outlives the process that made it. */
export interface ModuleWorktree {
  readonly phase: Phase
  readonly module: Module
  /** Top of the worktree. */
  readonly top: string
  /** The workspace in it. */
  readonly directory: string
  /** The commit that it was made from. */
  readonly start: Oid
  readonly entry: WorktreeEntry
}

export interface CreatedWorktree extends ModuleWorktree {
  readonly ownership: Ownership
  /** False when it was there before: there is one per module and phase. */
  readonly isNew: boolean
}

/** The worktree of a module, made where there is none: with what the phase has so far, and its dependencies installed. */
export function createModuleWorktree(
  context: AgentContext,
  { phase, module }: { readonly phase: Phase; readonly module: Module },
): Promise<CreatedWorktree> {
  const label = `${phase.slug}-${module.slug}`
  return underLease(context, leasedBy(context, 'worktrees', phase, label), async () => {
    const found = (await moduleWorktrees(context)).find(
      (each) => each.phase === phase && each.module.slug === module.slug,
    )
    const worktree = found ?? (await make(context, { phase, module, label }))
    const base = { tree: await context.workspace.objects.treeOf(worktree.start) }
    const ownership = await ownershipIn(context, { phase, module, base })
    return { ...worktree, ownership, isNew: found === undefined }
  })
}

async function make(
  context: AgentContext,
  { phase, module, label }: { readonly phase: Phase; readonly module: Module; readonly label: string },
): Promise<ModuleWorktree> {
  const { tip } = await phaseTip(context, phase)
  await context.run.open()
  const checkout = await openCheckout(context, 'agent', label, tip.commit)
  try {
    await writeClientRecord(checkout.top, {
      run: context.run.id,
      phase: phase.slug,
      module: module.slug,
      start: tip.commit,
    })
    checkout.keep()
  } finally {
    await checkout.release()
  }
  const made = (await moduleWorktrees(context)).find((each) => each.top === checkout.top)
  if (made === undefined) throw new GitError(`git does not list the worktree ${checkout.top}, which was just made.`)
  return made
}

/** The worktrees of a run's modules, in the order of the plan. */
export async function moduleWorktrees({
  workspace,
  plan,
  run,
  checkouts,
}: Pick<RunContext, 'workspace' | 'plan' | 'run' | 'checkouts'>): Promise<readonly ModuleWorktree[]> {
  // As git names it: links in between are followed.
  const folder = await realpath(checkouts.folder).catch(() => undefined)
  if (folder === undefined) return []
  const found: ModuleWorktree[] = []
  for (const entry of await listWorktrees(workspace.repository)) {
    const top = entry.path
    const record = dirname(top) === folder ? await readClientRecord(top) : undefined
    if (record === undefined || record.run !== run.id) continue
    const phase = phaseBySlug(plan, record.phase)
    const module = phase?.modules.find(({ slug }) => slug === record.module)
    if (phase === undefined || module === undefined) continue
    found.push({ phase, module, top, directory: join(top, workspace.prefix), start: record.start, entry })
  }
  return plan.phases.flatMap((phase) =>
    phase.modules.flatMap((module) => found.filter((each) => each.phase === phase && each.module === module)),
  )
}

/** What somebody made in a module's worktree. */
export type WorktreeWork =
  | {
      readonly kind: 'work'
      readonly tree: Oid
      /** Paths of the workspace that differ from where the worktree started. */
      readonly changed: readonly string[]
      /** Paths that are no part of a phase: of the spec's folder, and special files. */
      readonly leftOut: readonly string[]
    }
  | { readonly kind: 'unfit'; readonly problems: Extract<SnapshotOutcome, { kind: 'refused' }>['problems'] }

/** Reads a worktree's files as a tree. Nothing in it changes. */
export async function workIn(
  { workspace }: Pick<RunContext, 'workspace'>,
  { top, start }: ModuleWorktree,
): Promise<WorktreeWork> {
  const base = await workspace.objects.treeOf(start)
  const taken = await snapshotOfLeft(workspace, { top, base })
  if (taken.kind === 'refused') return { kind: 'unfit', problems: taken.problems }
  const changed = await changedPaths(workspace.repository, base, taken.tree)
  return {
    kind: 'work',
    tree: taken.tree,
    changed: changed.map(({ path }) => inWorkspace(workspace, path)),
    leftOut: [...taken.discarded, ...taken.leftOut],
  }
}

/** When one of these files was written last; undefined when none is there. */
export async function lastChange(directory: string, changed: readonly string[]): Promise<Date | undefined> {
  const times = await Promise.all(
    changed.slice(0, mostTimed).map((path) =>
      stat(join(directory, path)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  const newest = Math.max(0, ...times)
  return newest === 0 ? undefined : new Date(newest)
}

/** A module with more changed files is told the time of the first of them. */
const mostTimed = 1000

export type RemovedWorktree =
  | { readonly kind: 'removed'; readonly worktree: ModuleWorktree; readonly savedAs?: string }
  | { readonly kind: 'kept'; readonly worktree: ModuleWorktree; readonly why: string }

/**
 * Removes a module's worktree. Where it holds something that is nowhere else, that is put on a ref first with `save`; without, the worktree
 * is kept. `taken`: trees that checkpoints have.
 */
export async function removeModuleWorktree(
  context: Pick<RunContext, 'workspace' | 'plan' | 'run' | 'surroundings'>,
  worktree: ModuleWorktree,
  { taken, save }: { readonly taken: ReadonlySet<Oid>; readonly save: boolean },
): Promise<RemovedWorktree> {
  const { workspace, plan, run, surroundings } = context
  const { repository } = workspace
  const { entry, top, phase, module } = worktree
  try {
    const why = await whatIsOnlyThere(context, worktree, taken)
    if (why !== undefined && !save) return { kind: 'kept', worktree, why }
    let saved: SavedWork | undefined
    if (why === undefined) await removeWorktree(repository, top)
    else {
      saved = await saveAndRemoveWorktree(repository, entry, {
        why: `Work on phase ${phase.id}, module ${module.name}, that no checkpoint has.`,
        saveRef: async () => specRefs(plan.name).saved(run.id, await savedName(top)),
        alsoSave: ignoredOfItsOwn,
        at: surroundings.clock.now().toISOString(),
      })
    }
    await forgetSetup(top)
    return { kind: 'removed', worktree, ...(saved === undefined ? {} : { savedAs: saved.ref }) }
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return { kind: 'kept', worktree, why: error.message }
  }
}

/** What a worktree holds that no checkpoint, no ref and no setup has; undefined where there is nothing. */
async function whatIsOnlyThere(
  context: Pick<RunContext, 'workspace'>,
  worktree: ModuleWorktree,
  taken: ReadonlySet<Oid>,
): Promise<string | undefined> {
  const { repository, objects } = context.workspace
  const { top, start, entry } = worktree
  const work = await workIn(context, worktree)
  if (work.kind === 'unfit') {
    return `what is in it can be in no checkpoint (${work.problems.map(({ path, why }) => `${path}: ${why}`).join('; ')})`
  }
  if (!taken.has(work.tree) && work.tree !== (await objects.treeOf(start))) {
    return `no checkpoint has its work (${some(work.changed)})`
  }
  if (work.leftOut.length > 0) return `it holds what is no part of a phase (${some(work.leftOut)})`
  const { commit = start } = entry
  if (commit !== start && !(await isReachable(repository, commit))) {
    return `its commit ${commit.slice(0, 7)} is on no branch`
  }
  const ignored = await ignoredOfItsOwn(top)
  return ignored.length === 0 ? undefined : `it holds ignored files that setup did not make (${some(ignored)})`
}

function some(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.slice(0, 3).join(', ')}, and ${paths.length - 3} more` : paths.join(', ')
}
