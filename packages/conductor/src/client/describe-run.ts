import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'

/** Opens a run, and writes down what whoever drives it wants: for people who read the log. The same words are written once. */
export async function describeRun(context: Pick<RunContext, 'run' | 'log'>, description: string): Promise<void> {
  const { id } = context.run
  await record(context, { type: 'notice', run: id, code: 'task-started', message: description })
}
