import type { SessionOutcome } from '@nx-conduct/agent'
import {
  changedPaths,
  commitTree,
  isKept,
  type KnownFiles,
  type Oid,
  type SnapshotOutcome,
  snapshot,
} from '@nx-conduct/git'
import type { RunState, Usage } from '@nx-conduct/store'
import { setupPaths } from '../checkouts/setup-record.ts'
import type { RunContext } from '../run/context.ts'
import { conductIdentity } from '../run/identity.ts'
import { Aborted } from '../run/problem.ts'
import { inRepository, inWorkspace, type Workspace } from '../run/workspace.ts'
import type { FailureReason } from '../step/outcome.ts'
import { Superseded } from '../step/record.ts'
import type { AgentTask } from './agent-task.ts'
import { outsideWorkspace } from './ownership.ts'
import { recordSession } from './record-session.ts'
import { explainSession } from './session-end.ts'

/** The session ended with a report. */
export interface DoneWork {
  readonly kind: 'done'
  readonly commit: Oid
  readonly tree: Oid
  readonly report: string
  readonly issues: readonly string[]
  /** The session ran in an earlier attempt. */
  readonly recorded: boolean
  /** Workspace-relative paths that differ from the base. */
  readonly changed: readonly string[]
}

export type WorkOutcome =
  | DoneWork
  /** The session ended without a report; work that its worktree held is kept at `commit`. */
  | {
      readonly kind: 'undone'
      readonly reason: FailureReason
      readonly message: string
      readonly hint: string
      readonly commit: Oid | undefined
    }

/** The session that ran for a key before, if it ended with work. `baseTree`: what it started from. */
export async function recordedWork(
  workspace: Workspace,
  { sessions }: Pick<RunState, 'sessions'>,
  key: string,
  baseTree: Oid,
): Promise<DoneWork | undefined> {
  const session = sessions[key]
  if (session?.outcome !== 'reported' || session.commit === undefined || session.tree === undefined) return undefined
  // The spec folder is not an agent's to change, and may differ where the rest is equal.
  const { objects, repository } = workspace
  const changed = await changedPaths(repository, await objects.bare(baseTree), await objects.bare(session.tree))
  return {
    kind: 'done',
    commit: session.commit,
    tree: session.tree,
    report: session.report?.built ?? '',
    issues: session.report?.issues ?? [],
    recorded: true,
    changed: changed.map(({ path }) => inWorkspace(workspace, path)),
  }
}

/** Work on a whole tree, a fix or a synthesis, may change paths of every module and none outside the workspace. */
export function refuseOutside(spec: string, work: WorkOutcome): WorkOutcome {
  const outside = work.kind === 'done' ? outsideWorkspace(work.changed) : []
  if (outside.length === 0) return work
  return {
    kind: 'undone',
    reason: 'ownership',
    message: `the agent changed paths outside the workspace: ${outside.join(', ')}`,
    hint: `Say in the phase's gotchas what the agent has to leave alone, commit, and run: npx nx run ${spec}:conduct`,
    commit: undefined,
  }
}

/** A session that ended, with what its worktree started from. */
export interface SessionInput {
  /** Top of the worktree. */
  readonly top: string
  readonly baseTree: Oid
  readonly parents: readonly Oid[]
  readonly durationMs: number
  readonly outcome: SessionOutcome
  /** What is known of the worktree's files; without it all are read. */
  readonly known?: KnownFiles
}

interface Recorded {
  readonly taken: SnapshotOutcome
  readonly commit: Oid | undefined
}

type RecordContext = Pick<RunContext, 'workspace' | 'plan' | 'run' | 'log' | 'surroundings'>

/** A garbage collection that deletes what was just recorded, so often in a row, is not one that a person started by chance. */
const mostAttempts = 5

/** Turns what a session left in its worktree into a commit, and records both. From here on it cannot be lost. */
export async function recordWork(context: RecordContext, task: AgentTask, input: SessionInput): Promise<WorkOutcome> {
  const { surroundings, workspace } = context
  const at = surroundings.clock.now().toISOString()
  for (let attempt = 1; ; attempt += 1) {
    const recorded = await takeSession(context, task, input, at)
    const { commit } = recorded
    if (commit === undefined || attempt === mostAttempts || (await isKept(workspace.repository, commit, input.parents)))
      return workOf(context, task, input, recorded)
  }
}

async function takeSession(
  context: RecordContext,
  task: AgentTask,
  input: SessionInput,
  at: string,
): Promise<Recorded> {
  const { workspace } = context
  const { outcome, durationMs } = input
  const taken = await snapshot(workspace.repository, {
    worktree: input.top,
    base: input.baseTree,
    ...(input.known === undefined ? {} : { known: input.known }),
    exclude: [inRepository(workspace, workspace.specFolder), ...(await setupPaths(input.top))],
  })
  const commit =
    taken.kind === 'refused'
      ? undefined
      : await commitTree(workspace.repository, {
          tree: taken.tree,
          parents: input.parents,
          message: task.message,
          author: conductIdentity,
          at,
        })
  const ending = outcome.kind === 'reported' && taken.kind === 'refused' ? 'refused-work' : outcome.kind
  const usage: Usage = { sessions: 1, ...outcome.usage }
  await recordSession(
    context,
    task,
    { outcome: ending, usage, durationMs },
    {
      ...(commit === undefined ? {} : { commit }),
      ...(taken.kind === 'snapshot' ? { tree: taken.tree } : {}),
      ...(outcome.kind === 'reported' ? { report: outcome.report } : {}),
    },
  )
  return { taken, commit }
}

function workOf(
  context: RecordContext,
  task: AgentTask,
  { outcome }: SessionInput,
  { taken, commit }: Recorded,
): WorkOutcome {
  const { plan, surroundings, workspace } = context
  if (outcome.kind === 'aborted') {
    if (task.lease.lost.aborted && !surroundings.signal.aborted) throw new Superseded('another process holds it now')
    throw new Aborted('an agent was stopped')
  }
  if (taken.kind === 'refused' || commit === undefined) {
    const problems = taken.kind === 'refused' ? taken.problems : []
    return {
      kind: 'undone',
      reason: 'refused-work',
      message: `what the agent left may not enter a commit: ${problems.map(({ path, why }) => `${path} (${why})`).join('; ')}`,
      hint: `Say in the phase's gotchas what the agent has to avoid, commit, and run: npx nx run ${plan.name}:conduct`,
      commit: undefined,
    }
  }
  for (const path of taken.discarded.filter((each) =>
    each.startsWith(`${inRepository(workspace, workspace.specFolder)}/`),
  )) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'spec-edit-discarded',
      message: `the agent changed ${path}; that was left out: the plan in force is the one the run was compiled from`,
    })
  }
  if (taken.leftOut.length > 0) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'special-files-left-out',
      message: `the agent left ${taken.leftOut.join(', ')}, which ${taken.leftOut.length === 1 ? 'is no file' : 'are no files'} that git can hold: left out`,
    })
  }
  if (outcome.kind === 'judged') throw new Error(`the ${task.assignment.role} is not asked for a verdict`)
  if (outcome.kind !== 'reported') return { kind: 'undone', ...explainSession(context, task, outcome), commit }
  return {
    kind: 'done',
    commit,
    tree: taken.tree,
    report: outcome.report.built,
    issues: outcome.report.issues,
    recorded: false,
    changed: taken.changed.map((path) => inWorkspace(workspace, path)),
  }
}
