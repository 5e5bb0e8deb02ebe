/**
 * Version of each step. Raised when a step would come to another result from the same inputs: older results are then not
 * reused. Part of the step keys and, through `engineVersion`, of Nx's inputs.
 */
export const stepVersions = {
  worktrees: 1,
  implement: 1,
  integrate: 3,
  test: 1,
  validate: 1,
  join: 3,
  finalize: 1,
} as const
