import { isStandIn, meaningfulLines } from '@nx-conduct/agent'
import type { Oid } from '@nx-conduct/git'
import type { RunContext } from '../run/context.ts'
import type { SessionTask } from './agent-task.ts'
import type { DoneWork } from './record-work.ts'
import { evidenceOf, placeOf, type SessionFailure } from './session-end.ts'

/** A session that ended with success, changed no file and had something to do. `why`: what shows that it had. */
export function explainUnchanged(
  context: Pick<RunContext, 'plan' | 'workspace'>,
  task: SessionTask,
  { report }: Pick<DoneWork, 'report'>,
  why: string,
): SessionFailure {
  const said = meaningfulLines(report).slice(-5)
  return {
    reason: 'wrote-nothing',
    message: [
      `the agent ended its session, but it changed no file, and ${why} (${placeOf(task)})`,
      ...evidenceOf(context, task, said),
    ].join('\n'),
    hint: `Read what it said; if a task or a test is wrong, correct the spec. Then run: npx nx run ${context.plan.name}:conduct`,
  }
}

/** Whether an agent left a tree as it was and gave no reason for that. */
export function isSilent(work: DoneWork, before: Oid): boolean {
  return work.tree === before && isStandIn(work)
}
