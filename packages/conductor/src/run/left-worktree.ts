import { type Oid, type SnapshotOutcome, snapshot } from '@nx-conduct/git'
import { setupPaths } from '../checkouts/setup-record.ts'
import { inRepository, type Workspace } from './workspace.ts'

/** The files of a worktree that a failed phase left, as a person has them now: without the spec's folder and what setup made. */
export async function snapshotOfLeft(
  workspace: Workspace,
  { top, base }: { readonly top: string; readonly base: Oid },
): Promise<SnapshotOutcome> {
  return snapshot(workspace.repository, {
    worktree: top,
    base,
    exclude: [inRepository(workspace, workspace.specFolder), ...(await setupPaths(top))],
  })
}
