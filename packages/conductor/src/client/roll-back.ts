import { ancestorsOf, type Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { handedInFor } from '../reuse/handed-in.ts'
import { type Redone, raiseEpochs } from '../run/redo.ts'
import { epochOf } from '../step/keys.ts'
import { underLease } from '../step/lease.ts'
import { record } from '../step/record.ts'
import { allTaken, checkpointOf } from './checkpoints.ts'
import { leasedBy } from './leased.ts'
import { type ModuleWorktree, moduleWorktrees, type RemovedWorktree, removeModuleWorktree } from './module-worktrees.ts'
import { ClientProblem } from './problem.ts'

export interface RolledBack extends Redone {
  /** The phase of the checkpoint. */
  readonly to: Phase
  /** Worktrees whose phase is built again, or goes on from the checkpoint. */
  readonly worktrees: readonly RemovedWorktree[]
}

/**
 * Goes back to a checkpoint: its phase goes on from it, and every phase that does not come before it is built again. Accepted commits are kept
 * under archive refs; worktrees of these phases are removed, and what no checkpoint has of them is saved on refs. Throws `ClientProblem`, and
 * `ConductProblem` where the user's branch holds one of the phases.
 */
export async function rollBackTo(context: AgentContext, id: string): Promise<RolledBack> {
  const checkpoint = await checkpointOf(context, id)
  const { phase, commit } = checkpoint
  return underLease<RolledBack>(context, leasedBy(context, 'checkpoint', phase, 'rollback'), async () => {
    const { plan, log } = context
    const event = await eventOf(context, id)
    if (event.slice !== phase.digest) {
      throw new ClientProblem('stale-checkpoint', `the text of phase ${phase.id} changed since ${id}`)
    }
    const newest = handedInFor(plan, await log.state(), phase)
    const kept = new Set(ancestorsOf(plan, phase.id).map((each) => each.id))
    const isNewest = newest?.commit === commit
    const raised = plan.phases.filter((each) => !kept.has(each.id) && !(isNewest && each === phase))
    const { kept: archived } = await raiseEpochs(context, raised, `rollback to ${id}`)
    if (!isNewest) {
      const epoch = epochOf(plan, await log.state(), phase)
      await record(context, { ...event, epoch }, { commits: [commit] })
    }
    const again = plan.phases.filter((each) => !kept.has(each.id) && each !== phase)
    const left = (await moduleWorktrees(context)).filter(
      (each) => again.includes(each.phase) || (!isNewest && each.phase === phase),
    )
    return { to: phase, phases: again, kept: archived, worktrees: await removeEach(context, left, { save: true }) }
  })
}

async function eventOf({ log, run }: AgentContext, id: string) {
  for await (const { body } of log.events()) {
    if (body.type === 'phase.handed-in' && body.run === run.id && id.endsWith(body.commit.slice(0, 16))) return body
  }
  throw new ClientProblem('unknown-checkpoint', `the task has no checkpoint ${id}`)
}

/** Removes a run's worktrees. Without `force`, those stay that hold work no checkpoint has; with it, that work is first put on a ref. */
export async function removeWorktrees(
  context: AgentContext,
  { force }: { readonly force: boolean },
): Promise<readonly RemovedWorktree[]> {
  return removeEach(context, await moduleWorktrees(context), { save: force })
}

async function removeEach(
  context: AgentContext,
  worktrees: readonly ModuleWorktree[],
  { save }: { readonly save: boolean },
): Promise<readonly RemovedWorktree[]> {
  const taken = new Set((await allTaken(context)).flatMap((each) => each.worktrees))
  const removed: RemovedWorktree[] = []
  for (const worktree of worktrees) removed.push(await removeModuleWorktree(context, worktree, { taken, save }))
  return removed
}
