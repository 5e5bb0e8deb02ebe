import { redactDeep } from '../command/redact.ts'
import type { SessionOutcome, SessionRequest } from '../contract.ts'
import { keysIn } from '../presets/environment.ts'
import { brokenDown } from './broken-down.ts'
import { runCommandSession } from './command-driver.ts'
import { type SessionEffects, systemEffects } from './effects.ts'
import { noUsage } from './usage.ts'

/** Shorter credentials are placeholders, and ordinary words. */
const shortestCredential = 12

/**
 * Lets an agent play its role in a worktree and tells how that ended. Files in the worktree are its only result; the
 * report is a claim, not evidence. When the call has ended, no process of the agent is running, and the outcome contains
 * no secret. Never rejects.
 */
export async function runSession(
  request: SessionRequest,
  effects: SessionEffects = systemEffects,
): Promise<SessionOutcome> {
  const own = keysIn(request.agent, request.ownEnv ?? {})
  const credentials = [request.api?.apiKey ?? '', request.api?.authToken ?? '', ...own]
  const real = credentials.filter((credential) => credential.length >= shortestCredential)
  const guarded = { ...request, secrets: [...request.secrets, ...real] }
  const outcome = await drive(guarded, effects).catch((error: unknown) => brokenDown(error, noUsage))
  return redactDeep(outcome, guarded.secrets)
}

async function drive(request: SessionRequest, effects: SessionEffects): Promise<SessionOutcome> {
  switch (request.agent.driver) {
    case 'anthropic': {
      // The SDK is loaded with the first session: most processes of a run start none.
      const { runAnthropicSession } = await import('./anthropic.ts')
      return runAnthropicSession(request, effects)
    }
    case 'command':
      return runCommandSession(request, effects)
  }
}
