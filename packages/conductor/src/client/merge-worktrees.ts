import { mergeTrees, type Oid, withFolderOf } from '@nx-conduct/git'
import type { AgentContext } from '../agents/agent-task.ts'
import { ownershipIn } from '../agents/find-ownership.ts'
import { outsideOwnership } from '../agents/ownership.ts'
import type { Merged } from '../merge/merge.ts'
import { mergeWithLockfiles } from '../merge/merge-lockfiles.ts'
import { withOneSide } from '../merge/one-side.ts'
import { inRepository } from '../run/workspace.ts'
import { type ModuleWorktree, workIn } from './module-worktrees.ts'
import type { PhaseTip } from './phase-tip.ts'

/** The work of some of a phase's worktrees, on top of what the phase had. */
export type MergedWorktrees =
  | {
      readonly kind: 'merged'
      readonly tree: Oid
      /** As the run log keeps them. */
      readonly worktrees: readonly TakenWorktree[]
      /** Paths that are no part of a phase. */
      readonly leftOut: readonly string[]
    }
  | { readonly kind: 'unfit'; readonly module: string; readonly problems: readonly { path: string; why: string }[] }
  | { readonly kind: 'outside'; readonly module: string; readonly paths: readonly string[] }
  | { readonly kind: 'conflict'; readonly message: string }

/** A module's tree as a checkpoint has it, and the commit that its worktree started from. */
export interface TakenWorktree {
  readonly module: string
  readonly start: Oid
  readonly tree: Oid
}

interface Side extends TakenWorktree {
  readonly name: string
  /** What of the tree the phase has already. */
  readonly before: Oid
}

/**
 * Merges in memory what worktrees changed since a checkpoint took them last. Paths that a module does not own are refused. No agent resolves
 * a conflict here.
 */
export async function mergeWorktrees(
  context: AgentContext,
  { base, tip, handedIn }: PhaseTip,
  chosen: readonly ModuleWorktree[],
): Promise<MergedWorktrees> {
  const { workspace } = context
  const { repository, objects } = workspace
  const earlier = handedIn?.worktrees ?? []
  const sides: Side[] = []
  const leftOut: string[] = []
  for (const worktree of chosen) {
    const { phase, module, start } = worktree
    const work = await workIn(context, worktree)
    if (work.kind === 'unfit') return { kind: 'unfit', module: module.name, problems: work.problems }
    const startTree = await objects.treeOf(start)
    const ownership = await ownershipIn(context, { phase, module, base: { tree: startTree } })
    const paths = outsideOwnership(ownership, work.changed)
    if (paths.length > 0) return { kind: 'outside', module: module.name, paths }
    leftOut.push(...work.leftOut)
    const taken = earlier.find((each) => each.module === module.slug && each.start === start)
    const before = taken?.tree ?? startTree
    sides.push({ module: module.slug, name: module.name, start, tree: work.tree, before })
  }
  const merged = await mergeWithLockfiles(context, {
    merge: (isMadeAgain) => mergeSides(context, tip.tree, sides, isMadeAgain),
    sides: [base.tree, tip.tree, ...sides.map(({ tree }) => tree)],
    // Whether somebody has run the package manager is not known.
    trusted: [base.tree],
    parents: [base.commit],
    label: 'checkpoint-lockfiles',
  })
  if (merged.kind === 'failed') return { kind: 'conflict', message: merged.message }
  const specFolder = inRepository(workspace, workspace.specFolder)
  const others = earlier.filter(({ module }) => !sides.some((side) => side.module === module))
  return {
    kind: 'merged',
    tree: await withFolderOf(repository, merged.tree, { from: base.tree, folder: specFolder }),
    worktrees: [...others, ...sides.map(({ module, start, tree }) => ({ module, start, tree }))],
    leftOut,
  }
}

async function mergeSides(
  { workspace: { repository } }: AgentContext,
  tip: Oid,
  sides: readonly Side[],
  isMadeAgain: (path: string) => boolean,
): Promise<Merged> {
  let tree = tip
  const settled: string[] = []
  for (const { name, before, tree: theirs } of sides) {
    const outcome = await mergeTrees(repository, { base: before, ours: tree, theirs })
    if (outcome.kind === 'clean') {
      tree = outcome.tree
      continue
    }
    const open = outcome.paths.filter((path) => !isMadeAgain(path))
    if (open.length > 0) {
      const message = `the module ${name} conflicts with the work before it in ${open.join(', ')}`
      return { kind: 'failed', reason: 'does-not-merge', message }
    }
    tree = await withOneSide(repository, outcome.tree, outcome.paths, [tree, theirs])
    settled.push(...outcome.paths)
  }
  return { kind: 'merged', tree, synthesised: [], settled }
}
