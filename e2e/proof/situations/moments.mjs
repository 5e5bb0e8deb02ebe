/**
 * Everything in the situations that depends on how the product is made inside: names of points of a run, of refs and of
 * folders. All else goes by git, exit codes and what a person reads.
 */

/** Points at which a run can be stopped, see `crashPoints`. */
export const moments = {
  /** The first agent was asked for the first time. */
  firstAgent: 'agent-turn:1/implement/base#1',
  /** The result of phase 2's modules is about to be written to the log. */
  append: 'before-step.accepted:2/implement/add#1',
  /** The branch is about to be moved. */
  finalize: 'before-finalize.started:finalize#1',
}

export const logRef = 'refs/conduct/spec/log'
export const resultBranch = 'refs/heads/conduct/spec'

/** What the steps pass to each other on disk, and what one of them says about module add. */
export const artifacts = '.conduct'
export const artifactOf = (phase, step, module) =>
  `.conduct/spec/${phase}/${step}${module === undefined ? '' : `/${module}`}/result.json`

/** The worktree in which the agent of a module is at work, as git lists it. */
export const worktreeOf = (list, label) =>
  list
    .split('\n')
    .map((line) => /^worktree (.*)$/.exec(line)?.[1])
    .find((path) => path?.includes(label))

/** Where Redis keeps the numbers of a run log. */
export const redisMeta = /:meta$/
