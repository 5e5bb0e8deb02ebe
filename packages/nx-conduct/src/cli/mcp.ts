import { isInsideCommand } from '@nx-conduct/conductor'
import { createServer, listenHttp, newToken, serveStdio, shared } from '@nx-conduct/mcp'
import { connectionText, hostOf } from '../run/serve.ts'
import { stopOnSignals } from '../run/stop.ts'
import type { Flags, Terminal } from './call.ts'

/** Serves the run's tools on standard input and output, or with `--http` to several clients of this machine, until it is stopped. */
export async function mcpCommand(flags: Flags, terminal: Terminal, target: NodeJS.Process): Promise<number> {
  if (isInsideCommand(terminal.env)) {
    terminal.stderr.write('✖ a command of an agent or a test of a run cannot drive the run\n')
    return 1
  }
  const port = Number(flags.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || (flags.port !== undefined && !flags.http)) {
    terminal.stderr.write(
      '✖ --port goes with --http, and is a number up to 65535\n  next      nx-conduct mcp --http --port 8123\n',
    )
    return 2
  }
  const stop = stopOnSignals(target)
  const host = hostOf({ root: terminal.cwd(), env: terminal.env, signal: stop.signal })
  try {
    if (!flags.http) {
      await serveStdio(host, target.stdin, target.stdout)
      return 0
    }
    const token = newToken()
    const servers = shared(host)
    const { url, close } = await listenHttp({ port, token, createServer: () => createServer(servers) })
    terminal.stderr.write(`${connectionText({ url, token })}\n`)
    await aborted(stop.signal)
    await close()
    return 0
  } finally {
    stop.release()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
