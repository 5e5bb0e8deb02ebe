import { serveStdio } from '@nx-conduct/mcp'
import { hostOf, serveHttp, whyNotDrive } from '../run/serve.ts'
import { stopOnSignals } from '../run/stop.ts'
import type { Flags, Terminal } from './call.ts'

/** Serves the run's tools on standard input and output, or with `--http` to several clients of this machine, until it is stopped. */
export async function mcpCommand(flags: Flags, terminal: Terminal, target: NodeJS.Process): Promise<number> {
  const print = (text: string) => terminal.stderr.write(`${text}\n`)
  const refusal = whyNotDrive(terminal.env)
  if (refusal !== undefined) {
    print(refusal)
    return 1
  }
  const port = Number(flags.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || (flags.port !== undefined && !flags.http)) {
    print('✖ --port goes with --http, and is a number up to 65535\n  next      nx-conduct mcp --http --port 8123')
    return 2
  }
  const stop = stopOnSignals(target)
  try {
    const host = hostOf({ root: terminal.cwd(), env: terminal.env, signal: stop.signal })
    if (flags.http) return (await serveHttp(host, { port, print })) ? 0 : 1
    await serveStdio(host, target.stdin, target.stdout)
    return 0
  } finally {
    stop.release()
  }
}
