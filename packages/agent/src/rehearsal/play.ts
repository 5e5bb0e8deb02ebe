import { createHash } from 'node:crypto'
import type { Anthropic } from '@anthropic-ai/sdk'
import { readHeader, type SessionHeader } from '../prompt/header.ts'
import { bashTool } from '../tools/bash.ts'
import { editorTool } from '../tools/editor.ts'
import { reportTool } from '../tools/report.ts'
import { verdictTool } from '../tools/verdict.ts'
import type { Score, ScoreSession, ScoreTool, ScoreTurn } from './score.ts'

/** A request as the Messages API gets it, as far as a rehearsal looks at it. */
export interface PlayedRequest {
  readonly model: string
  readonly system?: unknown
  readonly tools?: unknown
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
}

/** What the rehearsal answers. `problem` is for the author of the score. */
export type Played = { readonly delayMs: number; readonly problem?: string } & (
  | { readonly kind: 'message'; readonly message: Anthropic.Message }
  | {
      readonly kind: 'error'
      readonly status: number
      readonly type: string
      readonly message: string
      readonly retryAfterSeconds?: number
    }
)

/**
 * Finds the answer to a request in the score. A pure function of its arguments: the session is told by the header in
 * the first message, the turn by the number of answers in the request, a repeated error by `attempt` (tries before
 * this one), so a server can be killed and started anew in the middle of a session.
 */
export function play(score: Score, request: PlayedRequest, attempt: number): Played {
  const header = readHeader(textOf(request.messages[0]?.content))
  if (!header) return missing('The first message has no `<assignment …/>` line, so no session can be found for it.')
  const session = score.sessions.find((candidate) => fits(candidate, header))
  if (!session)
    return missing(`The score has no session for ${name(header)}. It has: ${score.sessions.map(name).join('; ')}.`)
  const answered = request.messages.filter(({ role }) => role === 'assistant').length
  const turn = turnAt(session.turns, answered, attempt)
  if (!turn) {
    const message = `The score's session for ${name(session)} is over after ${answered} answers, and the agent goes on. Does it end with a report or a verdict?`
    return { kind: 'error', delayMs: 0, status: 400, type: 'invalid_request_error', message, problem: message }
  }
  const problem = failedCall(request, header, answered)
  const common = { delayMs: turn.delayMs, ...(problem === undefined ? {} : { problem }) }
  if (turn.kind === 'error') {
    const { status, type, message, retryAfterSeconds } = turn
    return {
      ...common,
      kind: 'error',
      status,
      type,
      message,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    }
  }
  return { ...common, kind: 'message', message: answer(turn, request, header, answered) }
}

function missing(message: string): Played {
  return { kind: 'error', delayMs: 0, status: 404, type: 'not_found_error', message, problem: message }
}

function fits(session: ScoreSession, header: SessionHeader): boolean {
  return (
    session.role === header.role &&
    (['phase', 'module', 'round'] as const).every((key) => session[key] === undefined || session[key] === header[key])
  )
}

/** Errors do not count as answers: the tries of a turn meet the errors before it one after the other, then the turn. */
function turnAt(turns: readonly ScoreTurn[], answered: number, attempt: number): ScoreTurn | undefined {
  const answers = turns.flatMap((turn, index) => (turn.kind === 'error' ? [] : [index]))
  const from = answered === 0 ? 0 : (answers[answered - 1] ?? turns.length) + 1
  const to = answers[answered] ?? turns.length
  return turns[Math.min(from + attempt, to)]
}

type Answering = Exclude<ScoreTurn, { kind: 'error' }>

function answer(turn: Answering, request: PlayedRequest, header: SessionHeader, answered: number): Anthropic.Message {
  const seed = JSON.stringify([header, answered])
  const content: Anthropic.ContentBlock[] = []
  if (turn.say !== undefined && turn.say !== '') content.push({ type: 'text', text: turn.say, citations: null })
  const calls = callsOf(turn)
  for (const [index, { name, input }] of calls.entries())
    content.push({
      type: 'tool_use',
      id: `toolu_${digest(`${seed} ${index}`)}`,
      caller: { type: 'direct' },
      name,
      input,
    })
  return {
    id: `msg_${digest(seed)}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    container: null,
    content,
    stop_reason: turn.kind === 'stop' ? turn.reason : calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    stop_details: null,
    usage: usageOf(request, content),
  } as Anthropic.Message
}

function call(tool: ScoreTool): { name: string; input: Readonly<Record<string, unknown>> } {
  const editor = (command: string, input: Readonly<Record<string, unknown>>) => ({
    name: editorTool.name,
    input: { command, ...input },
  })
  switch (tool.tool) {
    case 'bash':
      return { name: bashTool.name, input: { command: tool.command } }
    case 'view':
      return editor('view', { path: tool.path })
    case 'create':
      return editor('create', { path: tool.path, file_text: tool.text })
    case 'replace':
      return editor('str_replace', { path: tool.path, old_str: tool.old, new_str: tool.new })
    case 'insert':
      return editor('insert', { path: tool.path, insert_line: tool.line, insert_text: tool.text })
  }
}

function callsOf(turn: Answering): readonly { readonly name: string; readonly input: object }[] {
  switch (turn.kind) {
    case 'work':
      return turn.tools.map(call)
    case 'report':
      return [{ name: reportTool.name, input: turn.report }]
    case 'verdict':
      return [{ name: verdictTool.name, input: turn.verdict }]
    case 'stop':
      return []
    default:
      return turn satisfies never
  }
}

/** Four characters to a token, and a cache that holds all but what is new: plausible, and the same every time. */
function usageOf(request: PlayedRequest, content: readonly unknown[]) {
  const last = request.messages.findLastIndex(({ role }) => role === 'assistant')
  const fresh = tokens(request.messages.slice(Math.max(0, last)))
  const all = tokens([request.system ?? '', request.tools ?? [], request.messages])
  return {
    input_tokens: 4,
    cache_creation_input_tokens: last < 0 ? all : fresh,
    cache_read_input_tokens: last < 0 ? 0 : all - fresh,
    output_tokens: tokens(content),
    cache_creation: null,
    server_tool_use: null,
    service_tier: 'standard' as const,
    inference_geo: null,
  }
}

function tokens(value: unknown): number {
  return Math.ceil(JSON.stringify(value).length / 4)
}

/** An author wants to know that a call of the score did not do what was meant. */
function failedCall(request: PlayedRequest, header: SessionHeader, answered: number): string | undefined {
  const newest = request.messages.at(-1)?.content
  if (!Array.isArray(newest)) return undefined
  const failure = newest.find((block) => block?.type === 'tool_result' && block.is_error === true)
  return failure && `${name(header)}, turn ${answered}: a tool call failed: ${textOf(failure.content)}`
}

function name({ role, phase, module, round }: Partial<SessionHeader> & { readonly role: string }): string {
  const parts = [
    role,
    phase === undefined ? '' : `phase ${phase}`,
    module === undefined ? '' : `module ${module}`,
    round === undefined ? '' : `round ${round}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const first = Array.isArray(content) ? content.find((block) => block?.type === 'text') : undefined
  return typeof first?.text === 'string' ? first.text : ''
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}
