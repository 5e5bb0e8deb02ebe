import type { Anthropic } from '@anthropic-ai/sdk'
import { redact } from '../command/redact.ts'
import type { AgentReport, SessionRequest, Verdict } from '../contract.ts'
import { isJudge } from '../roles.ts'
import { bashTool, runBash } from '../tools/bash.ts'
import { editorTool, runEditor } from '../tools/editor.ts'
import { readReport, reportTool } from '../tools/report.ts'
import { failed, stringField, succeeded, type ToolResult } from '../tools/result.ts'
import { readVerdict, verdictTool } from '../tools/verdict.ts'

/** One command of an agent; longer ones are mistakes more often than work. */
const commandMs = 600_000

/** Bytes of one command's output that the agent sees. */
const commandBytes = 30_000

/** How an agent ends its session. */
export type Ending =
  | { readonly kind: 'reported'; readonly report: AgentReport }
  | { readonly kind: 'judged'; readonly verdict: Verdict }

export interface CarriedOut {
  readonly results: readonly Anthropic.ToolResultBlockParam[]
  /** False when no call was one we know, with a shape we can read. */
  readonly understood: boolean
  readonly ending: Ending | undefined
}

/** Carries out the tool calls of one answer, one after the other. A valid report or verdict counts after the rest was done. */
export async function carryOut(
  calls: readonly Anthropic.ToolUseBlock[],
  request: SessionRequest,
  signal: AbortSignal,
): Promise<CarriedOut> {
  const results: Anthropic.ToolResultBlockParam[] = []
  let understood = false
  let ending: Ending | undefined
  for (const call of calls) {
    if (call.name !== reportTool.name && call.name !== verdictTool.name)
      request.onProgress({ type: 'tool', name: call.name, summary: redact(summarise(call.input), request.secrets) })
    const known = await carryOutOne(call, request, signal)
    understood ||= known.understood
    ending ??= known.ending
    results.push(resultBlock(call, known.result, request.secrets))
  }
  return { results, understood, ending }
}

/** Replies to an answer that ended before its end: its calls may be halves. */
export function cutOff(
  calls: readonly Anthropic.ToolUseBlock[],
): readonly (Anthropic.ToolResultBlockParam | Anthropic.TextBlockParam)[] {
  const why = 'Your answer was cut off at its largest length, so nothing of it was carried out. Work in smaller steps.'
  if (calls.length === 0) return [{ type: 'text', text: why }]
  return calls.map((call) => resultBlock(call, failed(why), []))
}

interface One {
  readonly result: ToolResult
  readonly understood: boolean
  readonly ending?: Ending
}

async function carryOutOne(call: Anthropic.ToolUseBlock, request: SessionRequest, signal: AbortSignal): Promise<One> {
  const { directory, readOnly, env, secrets, assignment } = request
  const judges = isJudge(assignment.role)
  if (call.name === (judges ? reportTool : verdictTool).name) return unknownTool(call.name)
  switch (call.name) {
    case bashTool.name: {
      const scope = { cwd: directory, env, secrets, signal, timeoutMs: commandMs, keepBytes: commandBytes }
      return { result: await runBash(call.input, scope), understood: true }
    }
    case editorTool.name: {
      const scope = { directory, readOnly, mayWrite: !judges }
      return { result: await runEditor(call.input, scope), understood: true }
    }
    case reportTool.name: {
      const report = readReport(call.input)
      if (report) return { result: succeeded('Thank you.'), understood: true, ending: { kind: 'reported', report } }
      return {
        result: failed('A report has exactly `built` (text), `tests` (text) and `issues` (a list of texts).'),
        understood: false,
      }
    }
    case verdictTool.name: {
      const read = readVerdict(call.input)
      if (read.kind === 'unreadable') return { result: failed(`${read.problem}.`), understood: false }
      return {
        result: succeeded('Thank you.'),
        understood: true,
        ending: { kind: 'judged', verdict: read.verdict },
      }
    }
    default:
      return unknownTool(call.name)
  }
}

function unknownTool(name: string): One {
  return { result: failed(`There is no tool \`${name}\`.`), understood: false }
}

function resultBlock(
  call: Anthropic.ToolUseBlock,
  { text, failed: isError }: ToolResult,
  secrets: readonly string[],
): Anthropic.ToolResultBlockParam {
  const content = redact(text, secrets)
  return { type: 'tool_result', tool_use_id: call.id, content, ...(isError ? { is_error: true } : {}) }
}

function summarise(input: unknown): string {
  const command = stringField(input, 'command') ?? ''
  const path = stringField(input, 'path')
  return (path === undefined ? command : `${command} ${path}`).replace(/\s+/g, ' ').trim().slice(0, 200)
}
