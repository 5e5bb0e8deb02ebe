import {
  escalationText,
  failureText,
  liveLines,
  openRun,
  type RunContext,
  runTasks,
  type ScheduledTask,
  type StepName,
  type StepOutcome,
  type StepTask,
  summarise,
  summaryText,
  toProblem,
  waitingText,
} from '@nx-conduct/conductor'
import type { Phase } from '@nx-conduct/spec'
import { planDigest, stepDigest } from '../graph/digest.ts'
import { detailIn } from './detail.ts'
import { endText, endTextWithoutSummary } from './end-text.ts'
import { whyNotStarted } from './refuse-start.ts'
import type { Executor } from './surroundings.ts'

/** Options of the executor `nx-conduct:step`. `conduct`, the last target of a run, prints what came of it. */
export interface StepOptions {
  readonly spec: string
  readonly step: StepName | 'conduct'
  readonly phase?: string
  readonly module?: string
  readonly digest: string
}

/** A task as Nx hands it over. */
export interface NxTask extends ScheduledTask {
  readonly options: StepOptions
}

export interface TaskOutcome {
  readonly id: string
  readonly status: 'success' | 'failure' | 'skipped'
  /**
   * What Nx shows of the task: one line for a step, also when it comes from the cache; the summary for `conduct`. In Nx's terminal UI
   * also all that a person has to know of a failure, because what a batch prints is gone when the UI closes.
   */
  readonly text: string
  readonly startTime: number
  readonly endTime: number
}

/** Performs the tasks of one process, of one spec or several, and yields one outcome per task. Never throws. */
export async function* runSteps(executor: Executor, tasks: readonly NxTask[]): AsyncGenerator<TaskOutcome, void, void> {
  const specs = new Map<string, NxTask[]>()
  for (const task of tasks) specs.set(task.options.spec, [...(specs.get(task.options.spec) ?? []), task])
  for (const [specFile, ofSpec] of specs) yield* runSpec(executor, specFile, ofSpec)
}

async function* runSpec(
  executor: Executor,
  specFile: string,
  nxTasks: readonly NxTask[],
): AsyncGenerator<TaskOutcome, void, void> {
  const startedMs = executor.clock.monotonicMs()
  const lines = liveLines(executor.print, executor.clock, detailIn(executor.env))
  const outcomes: StepOutcome[] = []
  const open = new Set(nxTasks.map(({ id }) => id))
  const steps = nxTasks.flatMap((task) => stepTaskOf(task) ?? [])
  const lasts = nxTasks.filter(({ options }) => options.step === 'conduct')
  let context: RunContext
  try {
    context = await openRun({
      root: executor.root,
      specFile,
      env: executor.env,
      clock: executor.clock,
      parallel: executor.parallel,
      projectRoots: executor.projectRoots,
      signal: executor.signal,
      report: lines.report,
    })
  } catch (error) {
    const isOver = steps.length === 0
    const text = isOver ? endTextWithoutSummary(error) : problemText(error)
    executor.print(text)
    lines.close()
    yield* endAll(executor, open, isOver ? 'success' : 'failure', text)
    return
  }
  try {
    if (steps.length > 0) announce(context)
    const refusal = await whyNotStarted(context, steps, executor.print)
    if (refusal !== undefined) {
      executor.print(refusal)
      for (const { id, after } of nxTasks) {
        const isFirst = !after.some((other) => open.has(other))
        yield ended(executor, id, isFirst ? 'failure' : 'skipped', isFirst ? refusal : '', executor.clock.now())
      }
      return
    }
    const started = new Map<string, Date>()
    const succeeded = new Set<string>()
    const ends = runTasks(context, steps, async (task, perform) => {
      started.set(task.id, executor.clock.now())
      return refuseOtherSpec(context, task) ?? (await perform())
    })
    for await (const end of ends) {
      open.delete(end.id)
      const at = started.get(end.id) ?? executor.clock.now()
      if (end.kind === 'skipped') {
        yield ended(executor, end.id, 'skipped', '', at)
        continue
      }
      outcomes.push(end.result)
      const status = end.result.kind === 'accepted' ? 'success' : end.result.kind === 'failed' ? 'failure' : 'skipped'
      if (status === 'success') succeeded.add(end.id)
      const text = outcomeText(end.result)
      yield ended(executor, end.id, status, executor.inTui ? text : firstLine(text), at)
    }
    const failed = await failedEnd(context, executor, outcomes, startedMs)
    if (failed !== undefined) executor.print(failed.printed)
    for (const { id, after } of lasts) {
      const isDone = after.every((other) => succeeded.has(other))
      const text = isDone ? await endText(context).catch(endTextWithoutSummary) : ''
      if (isDone) executor.print(text)
      open.delete(id)
      if (isDone || !executor.inTui || failed === undefined)
        yield ended(executor, id, isDone ? 'success' : 'skipped', text, executor.clock.now())
      // Of a task that is skipped the UI leaves nothing.
      else yield ended(executor, id, 'failure', failed.inTask, executor.clock.now())
    }
  } catch (error) {
    const text = problemText(error)
    executor.print(text)
    yield* endAll(executor, open, 'failure', text)
  } finally {
    lines.close()
    // What prevents a clean end is printed; it takes nothing back that was done.
    await context.close().catch((error: unknown) => executor.print(problemText(error)))
  }
}

/** A task that performs a step; undefined for `conduct`. */
function stepTaskOf(task: NxTask): (NxTask & StepTask) | undefined {
  const { step, phase, module } = task.options
  if (step === 'conduct') return undefined
  const request = {
    step,
    ...(phase === undefined ? {} : { phase }),
    ...(module === undefined ? {} : { module }),
  }
  return { ...task, request }
}

function announce({ run, workspace, surroundings }: RunContext): void {
  surroundings.report({
    type: 'run',
    run: run.id,
    head: run.base.commit,
    resumed: run.resumed,
    ...(run.branch === undefined ? {} : { branch: run.branch }),
  })
  if (!run.specCommitted) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'spec-not-committed',
      message: `${workspace.specFile} differs from HEAD: agents get the phases of your draft, the result keeps the committed file`,
      hint: `Commit the spec first if the result is to hold it: git add ${workspace.specFile} && git commit`,
    })
  }
}

/** Nx made its graph from another text than the spec has now. */
function refuseOtherSpec({ plan, workspace }: RunContext, { options }: NxTask): StepOutcome | undefined {
  const phase: Phase | undefined = plan.phases.find(({ slug }) => slug === options.phase)
  const digest = phase ? stepDigest(plan, phase) : planDigest(plan)
  if (digest === options.digest) return undefined
  return {
    kind: 'failed',
    reason: 'spec-changed',
    message: `${workspace.specFile} changed after Nx made its graph of it`,
    hint: `Run again: npx nx run ${plan.name}:conduct`,
  }
}

/** What a person has to know of a run that failed or was stopped, as it is printed and as the task `conduct` has it. */
async function failedEnd(
  { plan, run, log, commands }: RunContext,
  { signal, clock }: Executor,
  outcomes: readonly StepOutcome[],
  startedMs: number,
): Promise<{ readonly printed: string; readonly inTask: string } | undefined> {
  if (signal.aborted) {
    const text = `\nStopped. Finished steps are kept; go on with: npx nx run ${plan.name}:conduct`
    return { printed: text, inTask: text }
  }
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed')
  if (failed.length === 0) return undefined
  const summary = summaryText(summarise(plan, await log.state(), run.id), {
    sandbox: commands.environment.sandbox,
    wallMs: clock.monotonicMs() - startedMs,
    next: [],
  })
  const end = `${run.branch ?? 'HEAD'} has not moved; what is finished is kept and not run again.`
  const text = (describe: (outcome: StepOutcome) => string) =>
    `\n${[summary, ...failed.map(describe), end].join('\n\n')}`
  return { printed: text(outcomeText), inTask: text(outcomeWithoutOutput) }
}

/** The task that failed has the output. */
function outcomeWithoutOutput(outcome: StepOutcome): string {
  if (outcome.kind !== 'failed' || outcome.escalation === undefined || outcome.waiting !== undefined)
    return outcomeText(outcome)
  return escalationText({ ...outcome.escalation, output: '' })
}

function outcomeText(outcome: StepOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return outcome.summary
    case 'failed':
      if (outcome.waiting) return waitingText(outcome.waiting)
      return outcome.escalation ? escalationText(outcome.escalation) : failureText(outcome)
    case 'aborted':
      return outcome.message
    default:
      return outcome satisfies never
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

/** A problem as a person reads it: what, and the next command. */
export function problemText(error: unknown): string {
  const problem = toProblem(error)
  if (problem) return failureText(problem)
  return `✖ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

/** Nx asks again and again for a task without a result. */
function* endAll(
  executor: Executor,
  ids: Iterable<string>,
  status: 'success' | 'failure',
  text: string,
): Generator<TaskOutcome, void, void> {
  for (const id of ids) yield ended(executor, id, status, text, executor.clock.now())
}

function ended(
  { clock }: Executor,
  id: string,
  status: TaskOutcome['status'],
  text: string,
  started: Date,
): TaskOutcome {
  return { id, status, text, startTime: started.getTime(), endTime: clock.now().getTime() }
}
