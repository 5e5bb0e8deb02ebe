import { ClientProblem, toProblem } from '@nx-conduct/conductor'

/** A wish that is not fulfilled: what is wrong, and the tool or command to call next. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly next: string

  constructor(message: string, next: string) {
    super(message)
    this.next = next
  }
}

/** What a caller is told of an error; undefined for a fault of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof ClientProblem) return new Refusal(error.message, nextAfter(error))
  const problem = toProblem(error)
  return problem === undefined ? undefined : new Refusal(problem.message, problem.hint)
}

function nextAfter({ code }: ClientProblem): string {
  switch (code) {
    case 'phase-complete':
      return 'get_task_state names the phase that is to be worked on; rollback_to_checkpoint has a phase built again'
    case 'phase-waits':
    case 'open-phases':
      return 'get_task_state names the phase that is to be worked on'
    case 'no-base':
      return 'get_task_state shows what failed'
    case 'does-not-merge':
      return 'rollback_to_checkpoint goes back to an earlier checkpoint; list_checkpoints names them'
    case 'unknown-checkpoint':
      return 'list_checkpoints names the checkpoints of the task'
    case 'stale-checkpoint':
      return 'create_checkpoint takes the newest work'
    case 'unproven':
      return 'get_task_state names the command that has agents judge it, and goes on from this checkpoint'
    default:
      return code satisfies never
  }
}
