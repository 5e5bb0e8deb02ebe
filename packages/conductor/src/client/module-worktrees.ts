import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  changedPaths,
  commitTree,
  GitError,
  listWorktrees,
  type Oid,
  readRef,
  removeWorktree,
  type SnapshotOutcome,
  updateRef,
} from '@nx-conduct/git'
import { type Module, type Phase, phaseBySlug, specRefs } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { ownershipIn } from '../agents/find-ownership.ts'
import type { Ownership } from '../agents/ownership.ts'
import { readClientRecord, writeClientRecord } from '../checkouts/client-record.ts'
import { openCheckout } from '../checkouts/setup.ts'
import { forgetSetup } from '../checkouts/setup-record.ts'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'
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
    const { top, directory } = checkout
    await writeClientRecord(top, { run: context.run.id, phase: phase.slug, module: module.slug, start: tip.commit })
    checkout.keep()
    return { phase, module, top, directory, start: tip.commit }
  } finally {
    await checkout.release()
  }
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
  for (const { path: top } of await listWorktrees(workspace.repository)) {
    const record = dirname(top) === folder ? await readClientRecord(top) : undefined
    if (record === undefined || record.run !== run.id) continue
    const phase = phaseBySlug(plan, record.phase)
    const module = phase?.modules.find(({ slug }) => slug === record.module)
    if (phase === undefined || module === undefined) continue
    found.push({ phase, module, top, directory: join(top, workspace.prefix), start: record.start })
  }
  const place = ({ phase, module }: ModuleWorktree) =>
    plan.phases.indexOf(phase) * 1_000_000 + phase.modules.indexOf(module)
  return found.sort((one, other) => place(one) - place(other))
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
 * Removes a module's worktree. Work that no checkpoint has is put on a ref first with `save`; without, the worktree is kept. What cannot be
 * read is kept. `taken`: trees that checkpoints have.
 */
export async function removeModuleWorktree(
  context: Pick<RunContext, 'workspace' | 'plan' | 'run' | 'surroundings'>,
  worktree: ModuleWorktree,
  { taken, save }: { readonly taken: ReadonlySet<Oid>; readonly save: boolean },
): Promise<RemovedWorktree> {
  const { repository, objects } = context.workspace
  let work: WorktreeWork
  try {
    work = await workIn(context, worktree)
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return { kind: 'kept', worktree, why: `it cannot be read: ${error.message}` }
  }
  if (work.kind === 'unfit') {
    const why = work.problems.map(({ path, why: of }) => `${path}: ${of}`).join('; ')
    return { kind: 'kept', worktree, why: `what is in it cannot be saved (${why})` }
  }
  const isKnown = taken.has(work.tree) || work.tree === (await objects.treeOf(worktree.start))
  if (!isKnown && !save) {
    const named = work.changed.slice(0, 3).join(', ')
    const rest = work.changed.length > 3 ? `, and ${work.changed.length - 3} more` : ''
    return { kind: 'kept', worktree, why: `no checkpoint has its work (${named}${rest})` }
  }
  const savedAs = isKnown ? undefined : await saveWork(context, worktree, work.tree)
  await removeWorktree(repository, worktree.top)
  await forgetSetup(worktree.top)
  return { kind: 'removed', worktree, ...(savedAs === undefined ? {} : { savedAs }) }
}

/** Puts work on a ref of ours, and returns its name. */
async function saveWork(
  { workspace, plan, run, surroundings }: Pick<RunContext, 'workspace' | 'plan' | 'run' | 'surroundings'>,
  { phase, module, top, start }: ModuleWorktree,
  tree: Oid,
): Promise<string> {
  const { repository } = workspace
  const commit = await commitTree(repository, {
    tree,
    parents: [start],
    message: `Work on phase ${phase.id}, module ${module.name}, that no checkpoint has\n`,
    author: conductIdentity,
    at: surroundings.clock.now().toISOString(),
  })
  const name = specRefs(plan.name).saved(run.id, `${phase.slug}-${module.slug}-${basename(top)}`)
  for (let at = 1; ; at += 1) {
    const ref = at === 1 ? name : `${name}-${at}`
    if (await updateRef(repository, ref, commit, { expected: null, reason: 'conduct: saved work' })) return ref
    const there = await readRef(repository, ref)
    if (there !== undefined && (await workspace.objects.treeOf(there)) === tree) return ref
  }
}
