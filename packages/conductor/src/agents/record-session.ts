import { digestOf } from '@nx-conduct/spec'
import type { EventBody, Usage } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { record, Superseded } from '../step/record.ts'
import type { SessionTask } from './agent-task.ts'

type Finished = Extract<EventBody, { readonly type: 'agent.finished' }>

export interface SessionEnd {
  readonly outcome: string
  readonly usage: Usage
  readonly durationMs: number
}

/**
 * Records how a session ended, with what it left. Throws `Superseded` when another process holds the lease now: then what it left is discarded,
 * and what it used is recorded all the same.
 */
export async function recordSession(
  context: Pick<RunContext, 'run' | 'log' | 'surroundings'>,
  { place, phase, key, assignment, lease }: SessionTask,
  { outcome, usage, durationMs }: SessionEnd,
  left: Pick<Finished, 'commit' | 'tree' | 'report' | 'verdict'>,
): Promise<void> {
  const { run, log, surroundings } = context
  const { role } = assignment
  const session = {
    type: 'agent.finished',
    run: run.id,
    phase: phase?.id ?? '',
    ...(place.module === undefined ? {} : { module: place.module }),
    role,
    agentKey: key,
    usage,
    durationMs,
  } as const
  const ended = { type: 'agent-ended', place, role, usage, durationMs } as const
  const { commit } = left
  try {
    await record(
      context,
      { ...session, outcome, ...left },
      { ...(commit === undefined ? {} : { commits: [commit] }), lease },
    )
  } catch (error) {
    if (error instanceof Superseded) {
      const body = { ...session, outcome: 'superseded' }
      await log.append({ operationId: digestOf(body), body })
      surroundings.report({ ...ended, outcome: 'superseded' })
    }
    throw error
  }
  surroundings.report({ ...ended, outcome })
}
