import {
  type Conduct,
  escalationText,
  openConduct,
  type PreparedCheckouts,
  performStep,
  preparedCheckouts,
  problemIn,
  progressLine,
  reclaim,
  type StepName,
  type StepOutcome,
  summarise,
  summaryText,
} from '@nx-conduct/conductor'
import type { Phase } from '@nx-conduct/spec'
import { planDigest, stepDigest } from '../graph/digest.ts'
import { type ScheduledTask, schedule } from './schedule.ts'

/** Options of the executor `nx-conduct:step`. */
export interface StepOptions {
  readonly spec: string
  readonly step: StepName
  readonly phase?: string
  readonly module?: string
  readonly digest: string
}

/** Everything the steps take from their surroundings. */
export interface StepRunner {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly monotonicMs: () => number
  readonly parallel: number
  readonly projectRoots: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

export interface StepTask extends ScheduledTask {
  readonly options: StepOptions
}

export interface TaskOutcome {
  readonly id: string
  readonly status: 'success' | 'failure' | 'skipped'
  /** One line: what Nx shows of the task, also when it comes from the cache. */
  readonly text: string
  readonly startTime: number
  readonly endTime: number
}

/** Performs the tasks of one process, of one spec or several, and yields one outcome per task. Never throws. */
export async function* runSteps(
  runner: StepRunner,
  tasks: readonly StepTask[],
): AsyncGenerator<TaskOutcome, void, void> {
  const specs = new Map<string, StepTask[]>()
  for (const task of tasks) specs.set(task.options.spec, [...(specs.get(task.options.spec) ?? []), task])
  for (const [specFile, ofSpec] of specs) yield* runSpec(runner, specFile, ofSpec)
}

async function* runSpec(
  runner: StepRunner,
  specFile: string,
  tasks: readonly StepTask[],
): AsyncGenerator<TaskOutcome, void, void> {
  const startedMs = runner.monotonicMs()
  const outcomes: StepOutcome[] = []
  const open = new Set(tasks.map(({ id }) => id))
  let conduct: Conduct
  try {
    conduct = await openConduct({
      root: runner.root,
      specFile,
      env: runner.env,
      clock: { now: runner.now, monotonicMs: runner.monotonicMs },
      parallel: runner.parallel,
      signal: runner.signal,
      report: (progress) => {
        const line = progressLine(progress, runner.monotonicMs() - startedMs)
        if (line !== undefined) runner.print(line)
      },
    })
  } catch (error) {
    const text = problemText(error)
    runner.print(text)
    for (const { id } of tasks) yield ended(runner, id, 'failure', text, runner.now())
    return
  }
  const prepared = preparedCheckouts()
  try {
    announce(conduct)
    await reclaim(conduct)
    const byId = new Map(tasks.map((task) => [task.id, task]))
    const started = new Map<string, Date>()
    const run = async (id: string): Promise<StepOutcome> => {
      started.set(id, runner.now())
      const options = byId.get(id)?.options
      if (!options) throw new Error(`no task ${id} in the batch`)
      return (
        refuseOtherSpec(conduct, options) ??
        (await performStep(
          conduct,
          {
            step: options.step,
            ...(options.phase === undefined ? {} : { phase: options.phase }),
            ...(options.module === undefined ? {} : { module: options.module }),
          },
          { prepared, projectRoots: runner.projectRoots },
        ))
      )
    }
    const ends = schedule(tasks, run, {
      succeeded: ({ kind }) => kind === 'accepted',
      failFast: conduct.plan.settings.failFast,
    })
    for await (const end of ends) {
      open.delete(end.id)
      if (end.kind === 'skipped') {
        yield ended(runner, end.id, 'skipped', '', runner.now())
        continue
      }
      outcomes.push(end.result)
      const status = end.result.kind === 'accepted' ? 'success' : end.result.kind === 'failed' ? 'failure' : 'skipped'
      yield ended(runner, end.id, status, firstLine(outcomeText(end.result)), started.get(end.id) ?? runner.now())
    }
    // Processes that died beside this one left worktrees, too.
    await reclaim(conduct)
    await printEnd(conduct, runner, outcomes, startedMs)
  } catch (error) {
    const text = problemText(error)
    runner.print(text)
    // A task without a result would be asked for again for ever.
    for (const id of open) yield ended(runner, id, 'failure', text, runner.now())
  } finally {
    await closeAll(runner, conduct, prepared)
  }
}

/** What stands in the way of a clean end is said; it takes nothing back that was done. */
async function closeAll(runner: StepRunner, conduct: Conduct, prepared: PreparedCheckouts): Promise<void> {
  for (const close of [() => prepared.clear(), () => conduct.close()]) {
    await close().catch((error: unknown) => runner.print(problemText(error)))
  }
}

function announce(conduct: Conduct): void {
  const { run } = conduct
  conduct.report({
    type: 'run',
    run: run.id,
    head: run.head.commit,
    resumed: run.resumed,
    ...(run.head.branch === undefined ? {} : { branch: run.head.branch }),
  })
  for (const phase of conduct.plan.phases.filter(({ approval }) => approval === 'required')) {
    conduct.report({
      type: 'notice',
      severity: 'warning',
      code: 'approval-not-asked',
      message: `phase ${phase.id} says "Approval: required", but no approval is asked for yet: look at its commit before you push`,
    })
  }
  if (!run.specCommitted) {
    conduct.report({
      type: 'notice',
      severity: 'warning',
      code: 'spec-not-committed',
      message: `${conduct.specFile} is not committed as it stands: agents see HEAD with this spec laid over it`,
    })
  }
}

/** The graph was made from another text than the one that stands there now. */
function refuseOtherSpec(conduct: Conduct, options: StepOptions): StepOutcome | undefined {
  const phase: Phase | undefined = conduct.plan.phases.find(({ slug }) => slug === options.phase)
  const digest = phase ? stepDigest(conduct.plan, phase) : planDigest(conduct.plan)
  if (digest === options.digest) return undefined
  return {
    kind: 'failed',
    reason: 'spec-changed',
    message: `${conduct.specFile} changed after Nx made its graph of it`,
    hint: `Run again: npx nx run ${conduct.plan.name}:conduct`,
  }
}

/** When something failed, Nx skips `conduct`: so what a person has to know is printed here. */
async function printEnd(
  conduct: Conduct,
  runner: StepRunner,
  outcomes: readonly StepOutcome[],
  startedMs: number,
): Promise<void> {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed')
  if (runner.signal.aborted) {
    runner.print(`\nStopped. Finished steps are kept; go on with: npx nx run ${conduct.plan.name}:conduct`)
    return
  }
  if (failed.length === 0) return
  const summary = summarise(conduct.plan, await conduct.log.state(), conduct.run.id)
  runner.print('')
  runner.print(
    summaryText(summary, {
      sandbox: conduct.environment.sandbox,
      wallMs: runner.monotonicMs() - startedMs,
      next: [],
    }),
  )
  for (const outcome of failed) runner.print(`\n${outcomeText(outcome)}`)
  runner.print(`\n${conduct.run.head.branch ?? 'HEAD'} has not moved; what is finished is kept and not bought again.`)
}

function outcomeText(outcome: StepOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return outcome.summary
    case 'failed':
      return outcome.escalation
        ? escalationText(outcome.escalation)
        : `✖ ${outcome.message}${outcome.hint === undefined ? '' : `\n  next      ${outcome.hint}`}`
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
  const problem = problemIn(error)
  if (problem) return `✖ ${problem.message}\n  next      ${problem.hint}`
  return `✖ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

function ended(
  runner: StepRunner,
  id: string,
  status: TaskOutcome['status'],
  text: string,
  started: Date,
): TaskOutcome {
  return { id, status, text, startTime: started.getTime(), endTime: runner.now().getTime() }
}
