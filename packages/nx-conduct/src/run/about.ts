import type { ExecutorContext } from '@nx/devkit'
import { type Conduct, openConduct, progressLine } from '@nx-conduct/conductor'
import { problemText } from './steps.ts'
import { surroundings } from './surroundings.ts'

/** Opens a spec's run to look at it, prints what `look` says, and turns problems into text and a failed task. */
export async function lookAt(
  spec: string,
  context: ExecutorContext,
  look: (conduct: Conduct, print: (line: string) => void) => Promise<boolean>,
): Promise<{ success: boolean }> {
  const { root, env, now, monotonicMs, parallel, signal, print } = surroundings(context, new AbortController().signal)
  let conduct: Conduct
  try {
    conduct = await openConduct({
      root,
      specFile: spec,
      env,
      clock: { now, monotonicMs },
      parallel,
      signal,
      report: (progress) => {
        const line = progress.type === 'notice' ? progressLine(progress, 0) : undefined
        if (line !== undefined) print(line)
      },
    })
  } catch (error) {
    print(problemText(error))
    return { success: false }
  }
  try {
    return { success: await look(conduct, print) }
  } catch (error) {
    print(problemText(error))
    return { success: false }
  } finally {
    await conduct.close()
  }
}
