import type { SessionOutcome, SessionUsage } from '../contract.ts'

/** The outcome of a session that we could not carry through, for a reason on our side; what was spent stays counted. */
export function brokenDown(error: unknown, usage: SessionUsage): SessionOutcome {
  return {
    kind: 'unavailable',
    message: `The session broke down: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'If this is no full disk and no missing directory, it is a defect of nx-conduct; please report it.',
    retryable: false,
    usage,
  }
}
