import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isBearer, isOwnHost, isToken, newToken } from '../loopback.ts'
import { checkScore } from './check-score.ts'
import { type Played, type PlayedRequest, play } from './play.ts'
import type { Score, ScoreProblem } from './score.ts'
import { streamEvents } from './stream.ts'

export interface RehearsalOptions {
  /** YAML text of the score. */
  readonly score: string
  /** The score's path, for messages. */
  readonly name?: string
  /** A free port when absent. Always on 127.0.0.1. */
  readonly port?: number
  /** What a caller has to send as its key. One that nobody can guess when absent. */
  readonly token?: string
  /** Hears what the author of the score should know: a session that is missing or too short, a call that failed. */
  readonly onProblem?: (problem: string) => void
}

export interface Rehearsal {
  /** For `api.baseURL` of a session. */
  readonly url: string
  /** For `api.apiKey` of a session. */
  readonly token: string
  /** Requests to the Messages API so far. */
  requests(): number
  /** Resolves when nothing listens and no connection is open. */
  close(): Promise<void>
}

/** A score that cannot be played. The message holds every problem as `name:line:column: …`. */
export class ScoreError extends Error {
  readonly problems: readonly ScoreProblem[]

  constructor(name: string, problems: readonly ScoreProblem[]) {
    const lines = problems.map(
      ({ line, column, message, hint }) => `${name}:${line}:${column}: ${message}${hint ? ` – ${hint}` : ''}`,
    )
    super(`The score cannot be played:\n${lines.join('\n')}`)
    this.name = 'ScoreError'
    this.problems = problems
  }
}

const largestRequest = 128 * 1024 * 1024

/**
 * Starts a Messages API server on loopback that plays a score, for runs without network or key. It keeps no state
 * between requests, and answers only callers that name this machine as `Host` and send its token. Rejects with a `ScoreError`
 * when the score has problems.
 */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const check = checkScore(options.score)
  if (check.kind === 'problems') throw new ScoreError(options.name ?? 'score', check.problems)
  const token = options.token ?? newToken()
  let requests = 0
  const server = createServer((request, response) => {
    const stranger = whyStranger(request, token)
    if (stranger !== undefined) return sendError(response, stranger.status, stranger.type, stranger.message)
    if (request.method === 'POST' && request.url?.split('?')[0] === '/v1/messages') requests++
    answer(request, response, check.score, options.onProblem).catch((error: unknown) => {
      options.onProblem?.(`The rehearsal failed: ${error instanceof Error ? error.message : String(error)}`)
      response.destroy()
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    requests: () => requests,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Why a caller is not answered: a page that reached this port through a name of its own, or a program that was not given the token. */
function whyStranger({ headers, socket }: IncomingMessage, token: string) {
  if (!isOwnHost(headers.host, socket.localPort ?? 0))
    return { status: 403, type: 'permission_error', message: 'A rehearsal is called as 127.0.0.1 or localhost.' }
  const key = headers['x-api-key']
  if (!isBearer(headers.authorization, token) && !isToken(typeof key === 'string' ? key : undefined, token))
    return { status: 401, type: 'authentication_error', message: 'A rehearsal answers who sends its token as key.' }
  return undefined
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  score: Score,
  onProblem: RehearsalOptions['onProblem'],
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (request.method !== 'POST' || request.url?.split('?')[0] !== '/v1/messages')
    return sendError(response, 404, 'not_found_error', 'A rehearsal answers POST /v1/messages only.')
  const body = readRequest(await readBody(request))
  if (!body) return sendError(response, 400, 'invalid_request_error', 'The body is no request to the Messages API.')
  const played = play(score, body, Number(request.headers['x-stainless-retry-count'] ?? 0) || 0)
  if (played.problem !== undefined) onProblem?.(played.problem)
  // A client that hangs up ends the wait.
  if (played.delayMs > 0) await sleep(played.delayMs, undefined, { signal: gone.signal }).catch(() => undefined)
  if (!gone.signal.aborted) send(response, played, body.stream)
}

function send(response: ServerResponse, played: Played, streaming: boolean): void {
  if (played.kind === 'error') {
    if (played.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(played.retryAfterSeconds))
    sendError(response, played.status, played.type, played.message)
  } else if (streaming) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    for (const event of streamEvents(played.message)) response.write(event)
    response.end()
  } else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(played.message))
  }
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ type: 'error', error: { type, message } }))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > largestRequest) throw new Error(`a request of more than ${largestRequest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readRequest(text: string): (PlayedRequest & { readonly stream: boolean }) | undefined {
  try {
    const body = JSON.parse(text)
    if (typeof body?.model !== 'string' || !Array.isArray(body.messages)) return undefined
    return { ...body, stream: body.stream === true }
  } catch {
    // No JSON: the caller answers with 400.
    return undefined
  }
}
