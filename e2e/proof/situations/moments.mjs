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

/** What the steps pass to each other on disk. */
export const artifacts = '.conduct'
const artifactOf = (root, phase, step, module) =>
  `${root}/${artifacts}/spec/${phase}/${step}${module === undefined ? '' : `/${module}`}/result.json`

/** A shell command that waits for what add handed over, and makes it say what phase 1 handed over. */
export function forgeHandOver(root) {
  const [ofAdd, ofBase] = [artifactOf(root, '2', 'implement', 'add'), artifactOf(root, '1', 'validate')]
  const program = `const fs = require('fs'); const [a, b] = process.argv.slice(1);
const mine = JSON.parse(fs.readFileSync(a)), other = JSON.parse(fs.readFileSync(b));
fs.writeFileSync(a, JSON.stringify({ ...mine, tree: other.tree, commit: other.commit }))`
  return `for i in $(seq 300); do test -s ${ofAdd} && break; sleep 0.05; done; sleep 0.3; node -e "${program.replaceAll('\n', ' ')}" ${ofAdd} ${ofBase} && echo forged`
}

/** A shell command that empties what phase 1's steps handed over. */
export const emptyHandOver = (root) =>
  `find ${root}/${artifacts}/spec/1 -name result.json | while read file; do echo null > "$file"; done`

/** Whose the work of module add is. */
export const labelOfAdd = '2-add'

/** Where Redis keeps the numbers of a run log. */
export const redisMeta = /:meta$/
