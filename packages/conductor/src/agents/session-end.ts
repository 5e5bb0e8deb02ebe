import { relative } from 'node:path'
import type { SessionOutcome } from '@nx-conduct/agent'
import type { Plan } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'
import type { FailureReason } from '../step/outcome.ts'
import { duration } from '../views/text/figures.ts'
import type { SessionTask } from './agent-task.ts'
import { transcriptFile } from './session.ts'

export interface SessionFailure {
  readonly reason: FailureReason
  readonly message: string
  readonly hint: string
}

type Unfinished = Exclude<SessionOutcome, { kind: 'reported' | 'judged' | 'aborted' }>

/**
 * A session that ended without a report or a verdict, as a person reads it: what happened and where, what the agent said last, where the
 * whole of it is, and the next command.
 */
export function explainSession(
  context: Pick<RunContext, 'plan' | 'workspace'>,
  task: SessionTask,
  outcome: Unfinished,
): SessionFailure {
  const { reason, message, hint } = explain(context.plan, outcome)
  return {
    reason,
    message: [`${message.replace(/\.$/, '')} (${placeOf(task)})`, ...evidenceOf(context, task, outcome.said)].join(
      '\n',
    ),
    hint,
  }
}

/** What an agent said last, and where all of it is. */
export function evidenceOf(
  { plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>,
  task: SessionTask,
  said: readonly string[] = [],
): readonly string[] {
  return [
    ...said.map((line, at) => `  ${at === 0 ? 'it said' : '       '}   ${line}`),
    `  transcript ${transcriptPath({ plan, workspace }, task)}`,
  ]
}

/** A transcript as a person reads of it: from the workspace's root. */
export function transcriptPath(
  context: Pick<RunContext, 'plan' | 'workspace'>,
  task: Parameters<typeof transcriptFile>[1],
): string {
  return relative(context.workspace.root, transcriptFile(context, task))
}

/** The phase and the module of a session. */
export function placeOf({ phase, place }: SessionTask): string {
  const of = phase === undefined ? 'the whole' : `phase ${phase.id}`
  return place.module === undefined ? of : `${of}, module ${place.module}`
}

function explain({ name, settings }: Plan, outcome: Unfinished): SessionFailure {
  const again = `npx nx run ${name}:conduct`
  switch (outcome.kind) {
    case 'limit':
      return {
        reason: 'out-of-budget',
        message: `the agent reached its limit (${outcome.limit}) before it ended its session${limitText(settings.budget, outcome.limit)}`,
        hint:
          outcome.limit === 'context'
            ? `The module is too large for one session: split it in the spec, commit the spec, then run: ${again}`
            : `Raise budget.${outcome.limit} in the spec's front matter, or split the module, and commit the spec${outcome.limit === 'wall' ? '; if the agent only hung, leave the spec as it is' : ''}; then run: ${again}`,
      }
    case 'refused':
      return {
        reason: 'agent-refused',
        message: `the model refused: ${outcome.message}`,
        hint: `Rephrase the phase's tasks in the spec, or name another agent there; commit the spec, then run: ${again}`,
      }
    case 'format':
      return {
        reason: 'agent-format',
        message: `the agent did not end as it has to: ${outcome.message}`,
        hint: `Run it again: ${again}`,
      }
    case 'unavailable':
      return {
        reason: 'agent-unavailable',
        message: outcome.message,
        hint: `${outcome.hint.replace(/\.$/, '')}, then run: ${again}`,
      }
    default:
      return outcome satisfies never
  }
}

/** How high the limit was; nothing where the spec does not set it. */
function limitText(
  { turns, tokens, wallMs }: Plan['settings']['budget'],
  limit: Extract<Unfinished, { kind: 'limit' }>['limit'],
): string {
  switch (limit) {
    case 'turns':
      return `: budget.turns is ${turns}`
    case 'tokens':
      return `: budget.tokens is ${tokens}`
    case 'wall':
      return `: budget.wall is ${duration(wallMs)}`
    case 'context':
      return ''
    default:
      return limit satisfies never
  }
}
