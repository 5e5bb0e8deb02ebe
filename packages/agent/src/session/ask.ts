import { Anthropic } from '@anthropic-ai/sdk'
import type { SessionOutcome, SessionProgress } from '../contract.ts'
import type { SessionEffects } from './effects.ts'

/** What became of one question to the model. */
export type Answer =
  | { readonly kind: 'message'; readonly message: Anthropic.Message }
  | { readonly kind: 'context-full' }
  | { readonly kind: 'stopped' }
  | ({ readonly kind: 'unavailable' } & Pick<
      Extract<SessionOutcome, { kind: 'unavailable' }>,
      'message' | 'hint' | 'retryable'
    >)

const attempts = 8
const longestWaitMs = 60_000
const firstWaitMs = 1000

/** A stream that says nothing for this long is dead; the service pings far more often. */
const silenceMs = 300_000

/**
 * Asks once, and again where that makes sense: overload, rate limits, broken connections. What the service says about
 * waiting is followed up to a minute. Never rejects.
 */
export async function ask(
  client: Anthropic,
  params: Anthropic.MessageStreamParams,
  signal: AbortSignal,
  effects: SessionEffects,
  onProgress: (progress: SessionProgress) => void,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) return { kind: 'stopped' }
    try {
      return { kind: 'message', message: await stream(client, params, signal, attempt) }
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped' }
      const failure = classify(error)
      if (failure.kind !== 'unavailable' || !failure.retryable || attempt === attempts) return failure
      const waitMs = waitBefore(attempt + 1, error, effects.random())
      onProgress({ type: 'retry', attempt, waitMs, why: failure.message })
      // An abort ends the wait; the loop sees the signal.
      await effects.sleep(waitMs, signal).catch(() => undefined)
    }
  }
}

async function stream(
  client: Anthropic,
  params: Anthropic.MessageStreamParams,
  signal: AbortSignal,
  attempt: number,
): Promise<Anthropic.Message> {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silenceMs)
  try {
    const running = client.messages.stream(params, {
      signal: AbortSignal.any([signal, silent.signal]),
      headers: { 'X-Stainless-Retry-Count': String(attempt - 1) },
    })
    running.on('streamEvent', () => timer.refresh())
    return await running.finalMessage()
  } finally {
    clearTimeout(timer)
  }
}

function classify(error: unknown): Answer {
  if (!(error instanceof Anthropic.APIError))
    return unavailable(messageOf(error), true, 'The answer could not be read; try again.')
  const message = error.apiMessage ?? error.message
  const what = `${error.type ?? 'error'}${error.status === undefined ? '' : ` (${error.status})`}: ${message}`
  if (error.status === 413 || (error.status === 400 && /too long|context (window|length|limit)/i.test(message)))
    return { kind: 'context-full' }
  if (error instanceof Anthropic.APIUserAbortError)
    return unavailable('The service fell silent in the middle of an answer.', true, 'Try again later.')
  if (error instanceof Anthropic.APIConnectionError)
    return unavailable(`${message}${causeOf(error)}`, true, 'Check the network and the address of the Messages API.')
  if (isPassing(error)) return unavailable(what, true, 'The service is busy; try again later, or lower `concurrency`.')
  return unavailable(
    what,
    false,
    hints[error.status ?? 0] ?? 'The request was refused; see the message and the agent settings.',
  )
}

const hints: Readonly<Record<number, string>> = {
  401: 'Set a valid ANTHROPIC_API_KEY.',
  402: 'The account cannot pay; see its billing page.',
  403: 'The key may not use this model; set another `agent.model` or another key.',
  404: 'Check `agent.model`; in a rehearsal, add the session to the score.',
}

function isPassing({ status, type }: InstanceType<typeof Anthropic.APIError>): boolean {
  if (type === 'overloaded_error' || type === 'rate_limit_error' || type === 'api_error') return true
  return status !== undefined && (status === 408 || status === 409 || status === 429 || status >= 500)
}

/** Milliseconds: the service's wish, or doubling from a second; either way a minute at most. */
function waitBefore(attempt: number, error: unknown, random: number): number {
  const wish = error instanceof Anthropic.APIError ? retryAfterMs(error.headers) : undefined
  const doubling = firstWaitMs * 2 ** (attempt - 2) * (0.75 + random / 2)
  return Math.round(Math.min(longestWaitMs, wish ?? doubling))
}

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

function unavailable(message: string, retryable: boolean, hint: string): Answer {
  return { kind: 'unavailable', message, hint, retryable }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The innermost cause says what happened; what `fetch` says of it is always the same. */
function causeOf(error: Error): string {
  let cause: unknown = error.cause
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  if (!(cause instanceof Error)) return ''
  return ` (${'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message})`
}
