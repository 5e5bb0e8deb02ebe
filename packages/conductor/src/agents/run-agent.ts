import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionOutcome } from '@nx-conduct/agent'
import { GitError, removeWorktree } from '@nx-conduct/git'
import type { Checkout } from '../checkouts/checkout.ts'
import { Aborted } from '../run/problem.ts'
import { Superseded } from '../step/record.ts'
import type { Touched, Watched } from '../watch/repository-watch.ts'
import { type AgentContext, type AgentTask, workerOf } from './agent-task.ts'
import { claimPending, forgetPending, pendingIn, writePending } from './pending-work.ts'
import { recordWork, type WorkOutcome } from './record-work.ts'
import { inSlot } from './session.ts'

/**
 * An agent's work for a key: recorded before, left unrecorded by a process that could not write, or made now by a session
 * in a checkout whose files then become a commit.
 */
export async function runAgent(context: AgentContext, task: AgentTask): Promise<WorkOutcome> {
  const earlier = await takeUpPending(context, task)
  if (earlier) return earlier
  const ran = await runInSlot(context, task)
  try {
    return await takeWork(context, task, ran)
  } finally {
    ran.watched.close()
  }
}

async function takeWork(
  context: AgentContext,
  task: AgentTask,
  { checkout, outcome, durationMs, watched }: Ran,
): Promise<WorkOutcome> {
  const pending = {
    top: checkout.top,
    sessionKey: task.key,
    baseTree: task.baseTree,
    parents: task.parents,
    durationMs,
    outcome,
  }
  await writePending(pending)
  const { work, touched } = await recordOrKeep(context, checkout, task.key, async () => {
    // Before the work is taken: its worktree may have to be registered again.
    const touched = await watched.end()
    return { touched, work: await recordWork(context, task, { ...pending, known: checkout.known }) }
  })
  await forgetPending(pending)
  return touched === undefined ? work : refuseOnce(context, task, work, touched)
}

/** The run stops so that a person undoes it. The work is recorded: the next run takes it, and no agent runs again. */
function refuseOnce(
  { plan, surroundings }: AgentContext,
  task: AgentTask,
  work: WorkOutcome,
  { message, hint }: Touched,
): WorkOutcome {
  if (work.kind === 'undone') {
    const said = { message: `${workerOf(task)}: ${message}`, hint }
    surroundings.report({ type: 'notice', severity: 'error', code: 'repository-refs-changed', ...said })
    return work
  }
  return {
    kind: 'undone',
    reason: 'repository-changed',
    message,
    hint: `${hint} – then run: npx nx run ${plan.name}:conduct, which takes the agent's work as it is`,
    commit: undefined,
  }
}

/** How long after a stop git is asked again. */
const retryMs = 200

/** The work exists in the checkout alone until it is recorded: when that fails, the checkout stays. */
async function recordOrKeep<T>(
  context: AgentContext,
  checkout: Checkout,
  sessionKey: string,
  take: () => Promise<T>,
): Promise<T> {
  try {
    return await take().catch(async (error: unknown) => {
      // Whoever stops the run may have ended a git of ours with everything else: that does not happen twice.
      if (!context.surroundings.signal.aborted || !(error instanceof GitError)) throw error
      await sleep(retryMs)
      return take()
    })
  } catch (error) {
    if (error instanceof Superseded || error instanceof Aborted) {
      await forgetPending({ top: checkout.top, sessionKey })
      throw error
    }
    checkout.keep()
    context.surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'work-kept',
      message: `the agent's work could not be recorded and is kept in ${checkout.top}; the next run takes it from there`,
    })
    throw error
  }
}

/**
 * Records a session that ended in a process that could not record it, and returns its work. One that ended without a report
 * is counted and has no work to return: its agent runs again.
 */
async function takeUpPending(context: AgentContext, task: AgentTask): Promise<WorkOutcome | undefined> {
  for (const pending of await pendingIn(context.checkouts.folder, task.key)) {
    if (pending.sessionKey !== task.key) continue
    context.surroundings.report({
      type: 'notice',
      severity: 'info',
      code: 'work-taken-up',
      message: `an agent's work that an earlier process could not record is taken from ${pending.top}`,
    })
    const hasReported = pending.outcome.kind === 'reported'
    const work = await recordWork(context, task, pending).catch((error: unknown) => {
      // It was stopped in the earlier process, not in this one.
      if (error instanceof Aborted && !hasReported && !context.surroundings.signal.aborted) return undefined
      throw error
    })
    await forgetPending(pending)
    await removeWorktree(context.workspace.repository, pending.top)
    if (hasReported) return work
  }
  return undefined
}

interface Ran {
  readonly checkout: Checkout
  readonly outcome: SessionOutcome
  readonly durationMs: number
  readonly watched: Watched
}

async function runInSlot(context: AgentContext, task: AgentTask): Promise<Ran> {
  return inSlot(context, task, async (session) => {
    // Here, and not before: who waits for a slot holds no checkout.
    const checkout = await task.checkout()
    checkout.setEnding(false)
    await claimPending({ top: checkout.top, sessionKey: task.key })
    const { adminDir = '', commit } = checkout
    const watched = await context.watch.session({ what: `${workerOf(task)} worked`, adminDir, commit })
    const ran = await session(checkout)
    checkout.setEnding(true)
    return { checkout, ...ran, watched }
  })
}
