import type { ExecutorContext } from '@nx/devkit'
import { clean as cleanUp, formatDiskUse } from '@nx-conduct/conductor'
import { withRun } from '../run/with-run.ts'

/** Removes what ended runs left; keeps what exists nowhere else. */
export default function clean(
  options: { readonly spec: string; readonly force?: boolean },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return withRun(options.spec, context, async (conduct, print) => {
    const cleaned = await cleanUp(conduct, { force: options.force ?? false })
    for (const entry of cleaned) {
      print(
        entry.kind === 'kept'
          ? `kept     ${entry.what}: ${entry.why}`
          : `removed  ${entry.what}${entry.savedAs === undefined ? '' : `, kept as ${entry.savedAs}`}${entry.freed === undefined ? '' : ` (${formatDiskUse(entry.freed)})`}`,
      )
    }
    if (cleaned.length === 0) print('There is nothing to clean.')
    return true
  })
}
