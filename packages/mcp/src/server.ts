import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { type LiveLines, liveLines, withoutSecretsOf } from '@nx-conduct/conductor'
import { printable } from '@nx-conduct/spec'
import { z } from 'zod'
import type { Call } from './call.ts'
import { cleanDeep } from './clean.ts'
import type { Host } from './host.ts'
import { Outputs } from './outputs.ts'
import { getPrompt, prompts } from './prompts.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { readResource, resources, resourceTemplates } from './resources.ts'
import type { Tool } from './tool.ts'
import { tools } from './tools/tools.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

const instructions =
  'Builds what .spec/SPEC.md plans. start_task; then for each phase create_worktree for its modules, have the work done there (side by side), create_checkpoint, mark_phase_complete; at the end complete_task and cleanup_worktrees. get_task_state names the next call at any time.'

/** What servers of one process share: a client of one session reads what a gate printed in another. */
export interface Shared {
  readonly host: Host
  readonly outputs: Outputs
}

export function shared(host: Host): Shared {
  return { host, outputs: new Outputs() }
}

/** A server of the run's tools, resources and prompts, for one session. Not connected yet. */
export function createServer({ host, outputs }: Shared): Server {
  const server = new Server(
    { name: 'nx-conduct', title: 'nx-conduct', version: host.version },
    { capabilities: { tools: {}, resources: {}, prompts: {} }, instructions },
  )
  const redacted = withoutSecretsOf(host.env)
  const clean = <T>(value: T): T => cleanDeep(value, (text) => printable(redacted(text)))
  const callOf = (extra: Extra, report: Call['report'] = () => undefined): Call => ({
    host,
    outputs,
    signal: AbortSignal.any([extra.signal, host.signal]),
    report,
  })

  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(described) }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const progress = progressFor(host, extra, clean)
    try {
      return clean(await answerOf(params.name, params.arguments ?? {}, callOf(extra, progress?.report)))
    } finally {
      progress?.close()
    }
  })
  server.setRequestHandler(ListResourcesRequestSchema, async (_, extra) =>
    clean({ resources: await resources(callOf(extra)) }),
  )
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...resourceTemplates] }))
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, extra) => {
    const { uri } = params
    const text = await orInvalid(readResource(uri, callOf(extra)))
    return { contents: [{ uri, ...clean(text) }] }
  })
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...prompts] }))
  server.setRequestHandler(GetPromptRequestSchema, async ({ params }, extra) =>
    clean(await orInvalid(getPrompt(params.name, params.arguments ?? {}, callOf(extra)))),
  )
  return server
}

function described({ name, title, description, input, output, annotations }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: objectSchema(input, 'input'),
    outputSchema: objectSchema(output, 'output'),
    annotations: { title, ...annotations },
  }
}

/** The protocol's tools take and return objects. */
export function objectSchema(schema: z.ZodObject, io: 'input' | 'output') {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io })
  return { ...made, type: 'object' as const }
}

async function answerOf(name: string, args: unknown, call: Call): Promise<CallToolResult> {
  try {
    const tool = tools.find((each) => each.name === name)
    if (tool === undefined) {
      throw new Refusal(
        `there is no tool ${JSON.stringify(name.slice(0, 60))}`,
        `one of ${tools.map((each) => each.name).join(', ')}`,
      )
    }
    const { structured, text } = await tool.call(args, call)
    return { content: [{ type: 'text', text }], structuredContent: structured }
  } catch (error) {
    const refusal = call.signal.aborted
      ? new Refusal('stopped, with nothing half-made', `call ${name} again`)
      : (refusalOf(error) ?? faultOf(error))
    return { content: [{ type: 'text', text: `${refusal.message}\nnext: ${refusal.next}` }], isError: true }
  }
}

/** A fault of ours: without its stack, which tells a caller nothing. */
function faultOf(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error)
  return new Refusal(
    `a fault in nx-conduct or its surroundings: ${message.slice(0, 2000)}`,
    'call the same tool again: nothing is lost; report it if it stays',
  )
}

async function orInvalid<T>(wanted: Promise<T>): Promise<T> {
  try {
    return await wanted
  } catch (error) {
    const refusal = refusalOf(error) ?? faultOf(error)
    throw new McpError(ErrorCode.InvalidParams, `${refusal.message}; next: ${refusal.next}`)
  }
}

/** Clients commonly give up on a call after a minute, unless it tells of its progress. */
const quietMs = 10_000

/** Tells a caller that asked for it what happens, and what works when nothing happens. */
function progressFor(host: Host, { _meta, sendNotification }: Extra, clean: <T>(value: T) => T): LiveLines | undefined {
  const token = _meta?.progressToken
  if (token === undefined) return undefined
  let progress = 0
  const send = (line: string) => {
    progress += 1
    const params = { progressToken: token, progress, message: clean(line) }
    // A caller that is gone is told nothing.
    sendNotification({ method: 'notifications/progress', params }).catch(() => undefined)
  }
  return liveLines(send, host.clock, { quietMs })
}
