import type { ExecutorContext } from '@nx/devkit'
import { hostOf, serveHttp, whyNotDrive } from '../run/serve.ts'
import { stopOnSignals } from '../run/stop.ts'
import { executorOf } from '../run/surroundings.ts'

/** Serves the run's tools over HTTP to clients of this machine, until it is stopped. */
export default async function mcp(
  { port = 0 }: { readonly spec: string; readonly port?: number },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const stop = stopOnSignals(process)
  try {
    const { root, env, signal, print } = executorOf(context, stop.signal)
    const refusal = whyNotDrive(env)
    if (refusal === undefined) return { success: await serveHttp(hostOf({ root, env, signal }), { port, print }) }
    print(refusal)
    return { success: false }
  } finally {
    stop.release()
  }
}
