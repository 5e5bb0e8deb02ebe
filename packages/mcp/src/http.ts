import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { isBearer, isOwnHost } from '@nx-conduct/agent'
import { RecentEvents } from './event-store.ts'

/** A server of the protocol for one session. */
export interface SessionServer {
  connect(transport: Transport): Promise<void>
  close(): Promise<void>
}

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** What a client has to send as `Authorization: Bearer …`; undefined asks for none. */
  readonly token: string | undefined
  readonly createServer: () => SessionServer
}

export interface Listening {
  readonly url: string
  close(): Promise<void>
}

/** Where the protocol is served. */
const path = '/mcp'
const mostSessions = 64
/** A session that nobody speaks in for this long is closed when another one needs its place. */
const idleAfterMs = 10 * 60_000

interface Session {
  readonly transport: StreamableHTTPServerTransport
  readonly server: SessionServer
  usedMs: number
  open: number
}

/**
 * Serves the protocol's Streamable HTTP on the loopback interface: each client has a session of its own, and can take up a stream again that
 * broke. Refused before anything is read: a Host or Origin that is not this machine (DNS rebinding), and a missing or wrong token.
 */
export async function listenHttp({ port, token, createServer }: HttpOptions): Promise<Listening> {
  const sessions = new Map<string, Session>()
  const server = createHttpServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) refuse(response, 500, error instanceof Error ? error.message : String(error))
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}${path}`,
    async close() {
      await Promise.all([...sessions.values()].map((session) => session.server.close()))
      await closed(server)
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin, authorization } = request.headers
    if (!isOwnHost(host, bound)) return refuse(response, 403, 'this Host is not served: use 127.0.0.1 or localhost')
    if (origin !== undefined && !isOwnOrigin(origin))
      return refuse(response, 403, 'this Origin may not call the server')
    if (token !== undefined && !isBearer(authorization, token)) {
      response.setHeader('WWW-Authenticate', 'Bearer')
      return refuse(response, 401, 'send the token that the server printed, as "Authorization: Bearer …"')
    }
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== path)
      return refuse(response, 404, `only ${path} is served`)
    const id = request.headers['mcp-session-id']
    const session = await sessionOf(id, request.method)
    if (session === 'unknown') return refuse(response, 404, 'there is no such session: initialize another one')
    if (session === 'full') return refuse(response, 503, `${mostSessions} sessions are open: close one`)
    session.open += 1
    response.once('close', () => {
      session.open -= 1
      session.usedMs = performance.now()
    })
    await session.transport.handleRequest(request, response)
  }

  async function sessionOf(
    id: string | string[] | undefined,
    method: string | undefined,
  ): Promise<Session | 'unknown' | 'full'> {
    if (id !== undefined) return sessions.get(String(id)) ?? 'unknown'
    if (method === 'POST' && sessions.size >= mostSessions && !(await closeIdle())) return 'full'
    return open()
  }

  async function open(): Promise<Session> {
    const own = createServer()
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: new RecentEvents(),
      retryInterval: 1_000,
      onsessioninitialized: (id) => {
        sessions.set(id, session)
      },
      onsessionclosed: (id) => {
        sessions.delete(id)
      },
    })
    const session: Session = { transport, server: own, usedMs: performance.now(), open: 0 }
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId)
    }
    await own.connect(transport)
    return session
  }

  async function closeIdle(): Promise<boolean> {
    const now = performance.now()
    const idle = [...sessions.entries()].find(([, { open: used, usedMs }]) => used === 0 && now - usedMs > idleAfterMs)
    if (idle === undefined) return false
    sessions.delete(idle[0])
    await idle[1].server.close()
    return true
  }
}

/** A page of this machine, whatever its port. */
export function isOwnOrigin(origin: string): boolean {
  return /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(origin)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }))
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
