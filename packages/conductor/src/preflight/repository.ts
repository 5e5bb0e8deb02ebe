import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dirtyPaths } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import { inRepository } from '../run/workspace.ts'
import type { Finding } from './finding.ts'

/** What git leaves in its folder while something is unfinished, and the command that ends it. */
const unfinished = [
  ['MERGE_HEAD', 'a merge', 'git merge --continue, or git merge --abort'],
  ['rebase-merge', 'a rebase', 'git rebase --continue, or git rebase --abort'],
  ['rebase-apply', 'a rebase', 'git rebase --continue, or git rebase --abort'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick', 'git cherry-pick --continue, or git cherry-pick --abort'],
  ['REVERT_HEAD', 'a revert', 'git revert --continue, or git revert --abort'],
] as const

/** Whether the result of a run could be merged into what the person has. */
export async function checkRepository({
  run,
  workspace,
}: Pick<RunContext, 'run' | 'workspace'>): Promise<readonly Finding[]> {
  const { repository, specFile } = workspace
  const findings: Finding[] = []
  for (const [name, what, next] of unfinished) {
    if (!(await isThere(join(repository.gitDir, name)))) continue
    const message = `${what} is not finished; the run starts from HEAD, without it`
    findings.push({ check: 'repository', severity: 'warning', message, hint: `Finish it: ${next}` })
  }
  if (run.branch === undefined) {
    findings.push({
      check: 'repository',
      severity: 'warning',
      message: 'HEAD is detached, so no branch can be moved: the result stays on a branch of its own',
      hint: 'To have your branch moved: git switch BRANCH',
    })
  }
  // A changed spec has a finding of its own.
  const changed = (await dirtyPaths(repository)).tracked.filter((path) => path !== inRepository(workspace, specFile))
  if (changed.length > 0) {
    const [some, what] = changed.length === 1 ? ['one file', 'it'] : [`${changed.length} files`, 'one of them']
    findings.push({
      check: 'repository',
      severity: 'info',
      message: `${some} with changes that are not committed: agents do not see them, and your branch moves only if the result does not change ${what}`,
    })
  }
  if (!run.specCommitted) {
    findings.push({
      check: 'spec',
      severity: 'warning',
      message: `${specFile} differs from HEAD: agents get your draft, the result keeps the committed file`,
      hint: `Commit it: git add ${specFile} && git commit`,
    })
  }
  const at = `${run.branch ?? 'HEAD'} at ${run.base.commit.slice(0, 7)}`
  return findings.some(({ severity }) => severity === 'warning')
    ? findings
    : [{ check: 'repository', severity: 'ok', message: at }, ...findings]
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
