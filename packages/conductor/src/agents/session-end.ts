import type { SessionOutcome } from '@nx-conduct/agent'
import type { FailureReason } from '../step/outcome.ts'

/** A session that ended without a report or a verdict, as a person reads it, with the next command. */
export function explainSession(
  spec: string,
  outcome: Exclude<SessionOutcome, { kind: 'reported' | 'judged' | 'aborted' }>,
): { readonly reason: FailureReason; readonly message: string; readonly hint: string } {
  const again = `npx nx run ${spec}:conduct`
  switch (outcome.kind) {
    case 'limit':
      return {
        reason: 'out-of-budget',
        message: `the agent reached its limit (${outcome.limit}) before it ended its session`,
        hint:
          outcome.limit === 'context'
            ? `The module is too large for one session: split it in the spec, then run: ${again}`
            : `Raise budget.${outcome.limit} in the spec's front matter, or split the module, then run: ${again}`,
      }
    case 'refused':
      return {
        reason: 'agent-refused',
        message: `the model refused: ${outcome.message}`,
        hint: `Rephrase the phase's tasks, then run: ${again}`,
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
