import type { ExecutorContext, TaskGraph } from '@nx/devkit'
import { type NxTask, runSteps, type StepOptions } from '../run/steps.ts'
import { stopOnSignals } from '../run/stop.ts'
import { executorOf, howToGoOn } from '../run/surroundings.ts'
import { unknownOptions } from '../run/unknown-options.ts'

interface TaskResult {
  readonly success: boolean
  readonly status: 'success' | 'failure' | 'skipped'
  readonly terminalOutput: string
  readonly startTime: number
  readonly endTime: number
}

/** One step in a process of its own: what a machine of Nx Cloud runs. */
export default async function step(options: StepOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  const refused = unknownOptions({ ...options }, `${context.projectName}:${context.targetName}`)
  if (refused !== undefined) {
    process.stdout.write(`${refused}\n`)
    return { success: false }
  }
  const stop = stopOnSignals(process, { farewell: howToGoOn(context, [options.spec]) })
  let success = true
  for await (const outcome of runSteps(executorOf(context, stop.signal), [
    { id: context.targetName ?? options.step, after: [], options },
  ])) {
    success &&= outcome.status === 'success'
  }
  stop.release()
  return { success }
}

/**
 * All steps that Nx has left, in one process. Exactly one result per task: a task without one would be asked for again
 * without end, and a throw would fail the whole wave. Where Nx draws its terminal UI it gets each result as it comes; elsewhere
 * all at the end, because it would print a heading per task between the lines that already say what happens.
 */
export async function batch(
  graph: TaskGraph,
  options: Record<string, StepOptions>,
  _overrides: unknown,
  context: ExecutorContext,
): Promise<Record<string, TaskResult> | AsyncGenerator<{ task: string; result: TaskResult }, void, void>> {
  const results = runBatch(graph, options, context)
  if (process.env['NX_TUI'] === 'true') return results
  const all: Record<string, TaskResult> = {}
  for await (const { task, result } of results) all[task] = result
  return all
}

async function* runBatch(
  graph: TaskGraph,
  options: Record<string, StepOptions>,
  context: ExecutorContext,
): AsyncGenerator<{ task: string; result: TaskResult }, void, void> {
  const specs = Object.values(options).map(({ spec }) => spec)
  const stop = stopOnSignals(process, { farewell: howToGoOn(context, specs) })
  const tasks = Object.keys(graph.tasks).flatMap((id): NxTask[] => {
    const own = options[id]
    return own ? [{ id, after: dependenciesOf(graph, id), options: own }] : []
  })
  const executor = executorOf(context, stop.signal)
  const refused = new Map(tasks.map(({ id, options: own }) => [id, unknownOptions({ ...own }, id)]))
  const [words] = [...refused.values()].filter((text) => text !== undefined)
  if (words !== undefined) {
    executor.print(words)
    yield* refuseAll(refused)
    stop.release()
    return
  }
  for await (const { id, status, text, startTime, endTime } of runSteps(executor, tasks)) {
    const terminalOutput = text === '' ? '' : asOutput(executor.clean(text), executor.inTui && status === 'failure')
    yield { task: id, result: { success: status === 'success', status, terminalOutput, startTime, endTime } }
  }
  stop.release()
}

/** Nothing is run where one task has an option that there is not. */
function* refuseAll(
  refused: ReadonlyMap<string, string | undefined>,
): Generator<{ task: string; result: TaskResult }, void, void> {
  const now = Date.now()
  for (const [task, words] of refused) {
    const times = { success: false, startTime: now, endTime: now }
    const result: TaskResult =
      words === undefined
        ? { ...times, status: 'skipped', terminalOutput: '' }
        : { ...times, status: 'failure', terminalOutput: `${words}\n` }
    yield { task, result }
  }
}

/** After Ctrl-C or q in its UI, Nx prints what tasks left while the terminal is still raw: there a line end alone starts no line. */
function asOutput(text: string, isRaw: boolean): string {
  const lines = `${text}\n`
  return isRaw ? `\r${lines.replaceAll('\n', '\r\n')}` : lines
}

/** Ids of tasks inside the batch that a task waits for: strings in Nx 23, objects in Nx 24. */
function dependenciesOf(graph: TaskGraph, id: string): readonly string[] {
  const dependencies = (graph.dependencies[id] ?? []) as readonly (string | { readonly id: string })[]
  return dependencies
    .map((dependency) => (typeof dependency === 'string' ? dependency : dependency.id))
    .filter((other) => graph.tasks[other] !== undefined)
}
