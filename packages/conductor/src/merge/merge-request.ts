import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { HeldLease } from '../step/lease.ts'
import type { StepPlace } from '../views/progress.ts'

/** Two trees to merge over a base. */
export interface MergeRequest {
  readonly place: StepPlace
  readonly phase: Phase
  readonly stepKey: string
  readonly base: Oid
  readonly ours: MergeSide
  readonly theirs: MergeSide
  /** Parents of the commit that a synthesis becomes. */
  readonly parents: readonly Oid[]
  /** Whether a path in conflict is made again afterwards: then one side of it is taken. Default: none is. */
  readonly isMadeAgain?: (path: string) => boolean
  readonly lease: HeldLease
}

export interface MergeSide {
  readonly tree: Oid
  readonly label: string
  /** What its agent reported. */
  readonly report?: string
}
