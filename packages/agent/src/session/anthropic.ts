import type { Anthropic } from '@anthropic-ai/sdk'
import { redact } from '../command/redact.ts'
import type { SessionOutcome, SessionRequest, SessionUsage } from '../contract.ts'
import { buildPrompt, promptVersion } from '../prompt/build-prompt.ts'
import { isJudge } from '../roles.ts'
import { bashTool } from '../tools/bash.ts'
import { editorTool } from '../tools/editor.ts'
import { reportTool } from '../tools/report.ts'
import { verdictTool } from '../tools/verdict.ts'
import { ask } from './ask.ts'
import { brokenDown } from './broken-down.ts'
import { createClient } from './client.ts'
import { Conversation, rememberedTools, systemBlocks } from './conversation.ts'
import type { SessionEffects } from './effects.ts'
import { startLimits } from './limits.ts'
import { carryOut, cutOff, type Ending } from './tool-calls.ts'
import { openTranscript } from './transcript.ts'
import { addTurn, contextTokens, noUsage } from './usage.ts'

/** Used when the settings name no model. */
const defaultModel = 'claude-sonnet-5-5'

const answerTokens = 32_000

/** Past this many tokens old tool output is forgotten; models of today hold 200 000 and more. */
const roomyContext = 140_000

/** Answers in a row that are neither a tool call nor the session's end. */
const mostFormatErrors = 3

function askFor(tool: string): string {
  return `You stopped without calling \`${tool}\`. If the work is done or cannot go on, call it now; otherwise go on. Words alone do not count.`
}

/**
 * Plays a role through the Messages API: ask, carry out the tool calls, answer, until the agent reports, gives its verdict, or a limit is
 * reached. Every turn is in the transcript before the next one begins.
 */
export async function runAnthropicSession(request: SessionRequest, effects: SessionEffects): Promise<SessionOutcome> {
  const client = createClient(request.api)
  if (!client) return { ...noCredential, usage: noUsage }
  const { system, user } = buildPrompt(request.assignment)
  const model = request.agent.model ?? defaultModel
  const endTool = isJudge(request.assignment.role) ? verdictTool : reportTool
  const transcript = openTranscript({
    file: request.transcriptFile,
    secrets: request.secrets,
    now: effects.now,
    onProgress: request.onProgress,
  })
  await transcript.append({ type: 'session', role: request.assignment.role, model, promptVersion, system, user })
  const limits = startLimits(request, endTool.name)
  const conversation = new Conversation(user)
  let usage: SessionUsage = noUsage
  let formatErrors = 0
  try {
    for (;;) {
      const reached = limits.reached(usage)
      if (reached) return await end({ ...reached, usage })
      const params = {
        model,
        max_tokens: answerTokens,
        system: systemBlocks(system),
        tools: rememberedTools([bashTool, editorTool, endTool]),
        messages: conversation.toSend(),
      }
      const answer = await ask(client, params, limits.signal, effects, request.onProgress)
      if (answer.kind === 'stopped') continue
      if (answer.kind === 'unavailable') return await end({ ...answer, usage })
      if (answer.kind === 'context-full') {
        if (conversation.prune(2) > 0) continue
        return await end({ kind: 'limit', limit: 'context', usage })
      }

      const { content, stop_reason: stopReason, usage: spent } = answer.message
      usage = addTurn(usage, spent)
      conversation.addAnswer(content)
      await transcript.append({ type: 'turn', turn: usage.turns, stopReason, usage: spent, content })
      const summary = redact(summarise(content), request.secrets)
      request.onProgress({ type: 'turn', turn: usage.turns, usage, summary })
      if (contextTokens(spent) > roomyContext) conversation.prune(6)

      const reply = await respond(answer.message)
      if (reply.ending) return await end({ ...reply.ending, usage })
      if (reply.refusal !== undefined) return await end({ kind: 'refused', message: reply.refusal, usage })
      if (reply.full && conversation.prune(2) === 0) return await end({ kind: 'limit', limit: 'context', usage })
      formatErrors = reply.formatError ? formatErrors + 1 : 0
      if (formatErrors === mostFormatErrors)
        return await end({
          kind: 'format',
          message: `${formatErrors} answers in a row without a tool call or a ${endTool.name}.`,
          usage,
        })
      if (reply.blocks.length === 0) continue
      const blocks = [...reply.blocks, ...limits.warning(usage)]
      conversation.addReply(blocks)
      await transcript.append({ type: 'reply', turn: usage.turns, content: blocks })
    }
  } catch (error) {
    return brokenDown(error, usage)
  } finally {
    limits.dispose()
  }

  /** What we say to one answer, by the reason it ended. */
  async function respond(message: Anthropic.Message): Promise<Reply> {
    const calls = message.content.filter((block) => block.type === 'tool_use')
    switch (message.stop_reason) {
      case 'refusal':
        return { ...nothing, refusal: textOf(message.content) || 'The model refused without giving a reason.' }
      case 'pause_turn':
        return nothing
      case 'max_tokens':
      case 'model_context_window_exceeded':
        return { ...nothing, formatError: true, full: message.stop_reason !== 'max_tokens', blocks: cutOff(calls) }
      case 'tool_use':
      case 'end_turn':
      case 'stop_sequence':
      case null: {
        if (calls.length === 0)
          return { ...nothing, formatError: true, blocks: [{ type: 'text', text: askFor(endTool.name) }] }
        const done = await carryOut(calls, request, limits.signal)
        return { ...nothing, formatError: !done.understood, blocks: done.results, ending: done.ending }
      }
    }
  }

  async function end(outcome: SessionOutcome): Promise<SessionOutcome> {
    await transcript.append({ type: 'end', outcome })
    return outcome
  }
}

interface Reply {
  readonly blocks: readonly (Anthropic.ToolResultBlockParam | Anthropic.TextBlockParam)[]
  /** The answer held no call that we understand. */
  readonly formatError: boolean
  readonly full: boolean
  readonly refusal?: string
  readonly ending?: Ending | undefined
}

const nothing: Reply = { blocks: [], formatError: false, full: false }

const noCredential = {
  kind: 'unavailable',
  message: 'There is no key for the Messages API.',
  hint: 'Set ANTHROPIC_API_KEY, or set `agent.rehearsal` to a score to run without one.',
  retryable: false,
} as const

function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n')
}

/** One line for a person who watches. */
function summarise(content: readonly Anthropic.ContentBlock[]): string {
  const said = textOf(content).trim().split('\n')[0] ?? ''
  const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
  return (said !== '' ? said : calls.join(', ')).slice(0, 200)
}
