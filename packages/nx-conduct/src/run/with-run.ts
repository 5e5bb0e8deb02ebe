import type { ExecutorContext } from '@nx/devkit'
import {
  isInsideCommand,
  type LiveLines,
  liveLines,
  openRun,
  progressLine,
  type RunContext,
} from '@nx-conduct/conductor'
import { detailIn } from './detail.ts'
import { problemText } from './steps.ts'
import { executorOf } from './surroundings.ts'

/** Opens a spec's run, prints what `use` finds, and turns problems into text and a failed task. By default of what happens only notices are shown. */
export async function withRun(
  spec: string,
  nxContext: ExecutorContext,
  use: (context: RunContext, print: (line: string) => void) => Promise<boolean>,
  { shows }: { readonly shows: 'notices' | 'everything' } = { shows: 'notices' },
): Promise<{ success: boolean }> {
  const { root, env, clock, parallel, signal, print } = executorOf(nxContext, new AbortController().signal)
  const lines = shows === 'everything' ? liveLines(print, clock, detailIn(env)) : noticeLines(print)
  let context: RunContext
  try {
    context = await openRun({
      root,
      specFile: spec,
      env,
      clock,
      parallel,
      signal,
      report: lines.report,
    })
  } catch (error) {
    lines.close()
    print(problemText(error))
    return { success: false }
  }
  try {
    return { success: await use(context, print) }
  } catch (error) {
    print(problemText(error))
    return { success: false }
  } finally {
    lines.close()
    await context.close()
  }
}

/** Of what happens, notices alone. */
function noticeLines(print: (line: string) => void): LiveLines {
  return {
    report(progress) {
      const line = progress.type === 'notice' ? progressLine(progress, 0) : undefined
      if (line !== undefined) print(line)
    },
    close() {},
  }
}

/** The same for what only a person may say: an agent or a test that runs as the user could say it in their name. */
export async function withPerson(
  spec: string,
  nxContext: ExecutorContext,
  use: (context: RunContext, print: (line: string) => void) => Promise<boolean>,
): Promise<{ success: boolean }> {
  const { env, print } = executorOf(nxContext, new AbortController().signal)
  if (!isInsideCommand(env)) return withRun(spec, nxContext, use, { shows: 'everything' })
  print('✖ a command of an agent or a test cannot speak for a person\n  next      Run this in a terminal of your own')
  return { success: false }
}
