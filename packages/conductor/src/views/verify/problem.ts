/** What a history can be wrong about, by name. */
export type PlanRule =
  /** An entry of the log is not ours, or says otherwise than its commit. */
  | 'log-entry'
  /** The spec that a run was opened with is missing, cannot be compiled, or is not the one that the run names. */
  | 'plan'
  /** A phase is complete without a gate that its plan requires. */
  | 'required-gates'
  /** A gate that is required has no passing evidence on the tree. */
  | 'evidence'
  /** A gate that an agent judges passed without a verdict that it follows from. */
  | 'verdict'
  /** A phase that asks for approval is complete on a tree that no person approved before. */
  | 'approval'
  /** A phase is complete on a tree that does not say that it holds the phase. */
  | 'built'
  /** A phase counts as satisfied on a tree that is not its base. */
  | 'satisfied'
  /** A phase is complete on a tree that no `validate` accepted. */
  | 'accepted-tree'
  /** A step accepted a tree that no step or agent before it made. */
  | 'step-chain'
  /** `integrate` accepted content that no module made. */
  | 'module-work'
  /** A run is finalized without all its phases. */
  | 'finalized-phases'
  /** A finalized tree lacks evidence of a gate. */
  | 'finalized-evidence'
  /** A run was finalized to a commit that does not contain what was there before. */
  | 'finalized-branch'
  | 'checkpoint-ref'
  | 'archive-ref'
  | 'epoch-ref'

export interface PlanProblem {
  readonly rule: PlanRule
  readonly message: string
}

export interface PlanReport {
  readonly problems: readonly PlanProblem[]
  /** What a person did, and may do. */
  readonly notes: readonly string[]
}

export type Report = (rule: PlanRule, message: string) => void
