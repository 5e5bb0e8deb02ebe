import type { Oid } from '@nx-conduct/git'
import { makeLockfiles } from '../dependencies/make-lockfiles.ts'
import { inFolder, isLockfile, type Lockfile, lockfileAt } from '../dependencies/package-managers.ts'
import { staleLockfiles } from '../dependencies/stale-lockfiles.ts'
import type { RunContext } from '../run/context.ts'
import { inRepository, inWorkspace } from '../run/workspace.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { Merged } from './merge.ts'

export type MergedWithLockfiles =
  | {
      readonly kind: 'merged'
      readonly tree: Oid
      readonly synthesised: readonly string[]
      /** Lockfiles that their package managers changed, as paths of the tree. */
      readonly regenerated: readonly string[]
    }
  | StepFailure

export interface Merging {
  /** Merges everything; of paths in conflict that are made again, one side is taken. */
  readonly merge: (isMadeAgain: (path: string) => boolean) => Promise<Merged>
  /** Trees that are merged, their common base included. */
  readonly sides: readonly Oid[]
  /** Those whose lockfiles agree with their manifests. */
  readonly trusted: readonly Oid[]
  /** Parents of the merged commit. */
  readonly parents: readonly Oid[]
  /** By whom a checkout is used. */
  readonly label: string
}

/**
 * Merges, and has the package managers make those lockfiles again that do not follow from one side. A conflict in one of them is no
 * agent's business, unless its package manager cannot run: then it is merged like any other file. Without a conflict the lockfile
 * stays as it was merged, with a notice.
 */
export async function mergeWithLockfiles(
  context: Pick<RunContext, 'workspace' | 'checkouts' | 'commands' | 'surroundings' | 'plan'>,
  { merge, sides, trusted, parents, label }: Merging,
): Promise<MergedWithLockfiles> {
  const { workspace } = context
  const makeable = await makeableLockfiles(context, sides)
  const failed: Lockfile[] = []
  for (;;) {
    const hasFailed = (path: string) => failed.some((lockfile) => lockfile.path === path)
    const merged = await merge((path) => makeable.has(path) && !hasFailed(inWorkspace(workspace, path)))
    if (merged.kind === 'failed') return merged
    const { tree, synthesised } = merged
    const settled = merged.settled.map((path) => inWorkspace(workspace, path))
    const all = await staleLockfiles(workspace, { tree, sides, trusted, settled })
    const stale = all.filter(({ path }) => !hasFailed(path))
    if (stale.length === 0) return { kind: 'merged', tree, synthesised, regenerated: [] }
    const made = await makeLockfiles(context, { tree, parents, label }, stale)
    for (const { lockfile, why } of made.failed) sayNotMade(context, lockfile, why, settled.includes(lockfile.path))
    const undecided = made.failed.filter(({ lockfile }) => settled.includes(lockfile.path))
    if (undecided.length === 0) {
      const regenerated = made.changed.map((path) => inRepository(workspace, path))
      return { kind: 'merged', tree: made.tree, synthesised, regenerated }
    }
    failed.push(...made.failed.map(({ lockfile }) => lockfile))
  }
}

/** Paths (of trees) of the lockfiles of all sides that a package manager can make again. */
async function makeableLockfiles(
  { workspace }: Pick<RunContext, 'workspace'>,
  sides: readonly Oid[],
): Promise<ReadonlySet<string>> {
  const makeable = new Set<string>()
  for (const side of sides) {
    for (const path of (await workspace.objects.files(side)).filter(isLockfile)) {
      const lockfile = await lockfileAt(workspace, side, path)
      if (lockfile?.manager.lock !== undefined) makeable.add(inRepository(workspace, path))
    }
  }
  return makeable
}

function sayNotMade(
  { surroundings, plan }: Pick<RunContext, 'surroundings' | 'plan'>,
  lockfile: Lockfile,
  why: string,
  inConflict: boolean,
): void {
  const { lock, name } = lockfile.manager
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'lockfile-not-regenerated',
    message: `${lockfile.path} was not made again from the merged manifests: ${why}`,
    hint: inConflict
      ? 'Its conflict is resolved like that of any other file.'
      : lock === undefined
        ? `If setup fails for it, run ${name} yourself, commit ${lockfile.path}, then run: npx nx run ${plan.name}:conduct`
        : `If setup fails for it: run \`${inFolder(lockfile, lock)}\` on the result yourself, or fix what it says and run: npx nx run ${plan.name}:conduct`,
  })
}
