import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Conduct } from '../run/conduct.ts'
import { onto } from '../run/find-run.ts'
import { readArtifact } from '../step/artifact.ts'
import type { Adopted } from './adopt.ts'

/** Where a phase starts. */
export interface PhaseBase {
  readonly commit: Oid
  readonly tree: Oid
  /** The base tree holds the phase for its current slice. */
  readonly satisfied: boolean
  /** An earlier run's result for the slice, laid onto this base. */
  readonly adopted?: Adopted
}

/** The base as the `worktrees` step handed it on. */
export async function readBase(conduct: Conduct, phase: Phase): Promise<PhaseBase> {
  const artifact = await readArtifact(conduct, { step: 'worktrees', phase: phase.slug })
  const commit = await onto(conduct, artifact.commit)
  const adopted = artifact.details['adopted'] as Adopted | undefined
  return {
    commit,
    tree: artifact.tree,
    satisfied: artifact.details['satisfied'] === true,
    ...(adopted ? { adopted } : {}),
  }
}
