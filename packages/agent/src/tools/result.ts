/** What a tool call gives back to the model. `failed` says that the call itself did not do what it was asked to. */
export interface ToolResult {
  readonly text: string
  readonly failed: boolean
}

export function succeeded(text: string): ToolResult {
  return { text, failed: false }
}

export function failed(text: string): ToolResult {
  return { text, failed: true }
}

/** Reads a string field of a tool call's input, which is whatever the model wrote. */
export function stringField(input: unknown, name: string): string | undefined {
  const value = field(input, name)
  return typeof value === 'string' ? value : undefined
}

/** Reads any field of a tool call's input. */
export function field(input: unknown, name: string): unknown {
  return typeof input === 'object' && input !== null && Object.hasOwn(input, name)
    ? (input as Readonly<Record<string, unknown>>)[name]
    : undefined
}
