import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { Host } from './host.ts'
import { createServer, shared } from './server.ts'

/** Serves one client on two streams until the first ends. Nothing but the protocol is written to the second. */
export async function serveStdio(host: Host, input: Readable, output: Writable): Promise<void> {
  const server = createServer(shared(host))
  const transport = new StdioServerTransport(input, output)
  await new Promise<void>((resolve, reject) => {
    server.onclose = resolve
    input.once('end', () => void server.close())
    input.once('close', () => void server.close())
    host.signal.addEventListener('abort', () => void server.close(), { once: true })
    server.connect(transport).catch(reject)
  })
}
