import type { ExecutorContext } from '@nx/devkit'
import { loadPlan } from '@nx-conduct/conductor'
import { problemText } from '../run/steps.ts'
import { stopOnSignals } from '../run/stop.ts'
import { executorOf } from '../run/surroundings.ts'
import { watch } from '../run/watch.ts'

/** Follows a run that another terminal started. Starts none, and writes nothing. */
export default async function watchExecutor(
  { spec }: { readonly spec: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const stop = stopOnSignals(process)
  const { root, signal, print } = executorOf(context, stop.signal)
  try {
    const { plan } = await loadPlan(root, spec)
    await watch({ root, spec: plan.name, signal, print })
    return { success: true }
  } catch (error) {
    print(problemText(error))
    return { success: false }
  } finally {
    stop.release()
  }
}
