import type { ExecutorContext } from '@nx/devkit'
import { isInsideCommand } from '@nx-conduct/conductor'
import { createServer, listenHttp, newToken, shared } from '@nx-conduct/mcp'
import { connectionText, hostOf } from '../run/serve.ts'
import { problemText } from '../run/steps.ts'
import { stopOnSignals } from '../run/stop.ts'
import { executorOf } from '../run/surroundings.ts'

/** Serves the run's tools over HTTP to clients of this machine, until it is stopped. */
export default async function mcp(
  { port = 0 }: { readonly spec: string; readonly port?: number },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const stop = stopOnSignals(process)
  const { root, env, signal, print } = executorOf(context, stop.signal)
  try {
    if (isInsideCommand(env)) {
      print('✖ a command of an agent or a test of a run cannot drive the run')
      return { success: false }
    }
    const token = newToken()
    const servers = shared(hostOf({ root, env, signal }))
    const { url, close } = await listenHttp({ port, token, createServer: () => createServer(servers) })
    print(connectionText({ url, token }))
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await close()
    return { success: true }
  } catch (error) {
    print(problemText(error))
    return { success: false }
  } finally {
    stop.release()
  }
}
