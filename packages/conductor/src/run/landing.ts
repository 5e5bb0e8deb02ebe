import { readRef } from '@nx-conduct/git'
import type { RunRecord } from '@nx-conduct/store'
import { recordOrThrow } from '../step/record.ts'
import type { Conduct } from './conduct.ts'

/** Runs that were killed after they had moved the branch and before they could say so: what is left is to say it. */
export async function closeLanded(conduct: Conduct): Promise<void> {
  for (const run of Object.values((await conduct.log.state()).runs)) {
    if (await hasLanded(conduct, run)) await recordLanded(conduct, run)
  }
}

async function hasLanded(conduct: Conduct, { status, landing }: RunRecord): Promise<boolean> {
  if (status !== 'finalizing' || landing?.branch === undefined) return false
  const tip = await readRef(conduct.repository, `refs/heads/${landing.branch}`)
  // In another clone the commit may not be there.
  return tip !== undefined && (await conduct.facts.isAncestor(landing.to, tip).catch(() => false))
}

async function recordLanded(conduct: Conduct, { run, landing }: RunRecord): Promise<void> {
  if (!landing) return
  const { branch, from, to } = landing
  await recordOrThrow(conduct.log, {
    operationId: landedId(run),
    body: {
      type: 'run.finalized',
      run,
      ...(branch === undefined ? {} : { branch }),
      from,
      to,
      tree: await conduct.facts.treeOf(to),
      moved: true,
    },
    commits: [to],
  })
  conduct.report({
    type: 'notice',
    severity: 'info',
    code: 'landed-before',
    message: `run ${run.slice(0, 8)} was stopped after it had moved ${branch} to ${to.slice(0, 7)}: it is finished now`,
  })
}

/** A run ends once, whoever writes it down. */
export function landedId(run: string): string {
  return `run.finalized:${run}`
}
