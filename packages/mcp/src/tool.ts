import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import { type Accepts, readArguments } from './arguments.ts'
import type { Call } from './call.ts'

/** What a tool answers: data by its schema, and the same for a reader. */
export interface Answer<Out> {
  readonly structured: Out
  readonly text: string
}

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  readonly output: z.ZodObject
  readonly annotations: ToolAnnotations
  readonly aliases: Accepts<z.ZodObject>['aliases']
  /** Throws `Refusal` for arguments that the tool does not take. */
  call(args: unknown, call: Call): Promise<Answer<Record<string, unknown>>>
}

export interface ToolDefinition<In extends z.ZodObject, Out extends z.ZodObject>
  extends Omit<Tool, 'input' | 'output' | 'call' | 'aliases'> {
  readonly input: In
  readonly output: Out
  readonly aliases?: Tool['aliases']
  readonly call: (args: z.output<In>, call: Call) => Promise<Answer<z.input<Out>>>
}

/** A tool whose arguments are checked before it is called. */
export function defineTool<In extends z.ZodObject, Out extends z.ZodObject>(definition: ToolDefinition<In, Out>): Tool {
  const { call, aliases = {}, ...rest } = definition
  const accepts = { name: rest.name, input: rest.input, aliases }
  return { ...rest, aliases, call: async (args, of) => call(readArguments(accepts, args), of) }
}
