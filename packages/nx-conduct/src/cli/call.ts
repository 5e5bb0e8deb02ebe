import { parseArgs } from 'node:util'

/** What the program takes from its process. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  cwd(): string
  /** Hears a signal, so that it does not end the process. */
  once?(signal: 'SIGINT' | 'SIGTERM', act: () => void): unknown
}

export type Flags = ReturnType<typeof parseCall>['values']

/** Reads the arguments of a call. Throws for what it does not know. */
export function parseCall(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      mermaid: { type: 'boolean', default: false },
      coverage: { type: 'boolean', default: false },
      dot: { type: 'boolean', default: false },
      'exit-code': { type: 'boolean', default: false },
      spec: { type: 'string', default: 'spec' },
      write: { type: 'string' },
      force: { type: 'boolean', default: false },
      tag: { type: 'string' },
      format: { type: 'string' },
      http: { type: 'boolean', default: false },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
}
