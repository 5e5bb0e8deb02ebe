import { readRef } from '@nx-conduct/git'
import type { RunRecord } from '@nx-conduct/store'
import { recordOrThrow } from '../step/record.ts'
import type { RunContext } from './context.ts'

/** Records the end of runs that were killed after they had moved the branch and before they could record it. */
export async function closeMoved(context: Pick<RunContext, 'log' | 'workspace' | 'surroundings'>): Promise<void> {
  for (const run of Object.values((await context.log.state()).runs)) {
    if (await hasMoved(context, run)) await recordMoved(context, run)
  }
}

async function hasMoved(
  { workspace }: Pick<RunContext, 'workspace'>,
  { status, landing }: RunRecord,
): Promise<boolean> {
  if (status !== 'finalizing' || landing?.branch === undefined) return false
  const tip = await readRef(workspace.repository, `refs/heads/${landing.branch}`)
  // In another clone the commit may not be there.
  return tip !== undefined && (await workspace.objects.isAncestor(landing.to, tip).catch(() => false))
}

async function recordMoved(
  { log, workspace, surroundings }: Pick<RunContext, 'log' | 'workspace' | 'surroundings'>,
  { run, landing }: RunRecord,
): Promise<void> {
  if (!landing) return
  const { branch, from, to } = landing
  await recordOrThrow(log, {
    operationId: finalizedId(run),
    body: {
      type: 'run.finalized',
      run,
      ...(branch === undefined ? {} : { branch }),
      from,
      to,
      tree: await workspace.objects.treeOf(to),
      moved: true,
    },
    commits: [to],
  })
  surroundings.report({
    type: 'notice',
    severity: 'info',
    code: 'finished-before',
    message: `run ${run.slice(0, 8)} was stopped after it had moved ${branch} to ${to.slice(0, 7)}: its end is recorded now`,
  })
}

/** A run ends once, whoever records it. */
export function finalizedId(run: string): string {
  return `run.finalized:${run}`
}
