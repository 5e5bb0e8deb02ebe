import { performance } from 'node:perf_hooks'
import {
  loadPlan,
  type OpenOptions,
  openRun,
  type Progress,
  progressLine,
  type RunContext,
  runTasks,
  type StepOutcome,
  type StepTask,
  type Waits,
} from '../../src/index.ts'
import { onlyTasks, tasksOf } from './tasks.ts'

type Act = () => Promise<unknown>

export interface ConductOptions {
  /** Ids of the tasks this process is asked for; the others were hits of Nx's cache. All by default. */
  readonly only?: (id: string) => boolean
  /** What a user does in mid-run, right before or after a task. */
  readonly before?: Readonly<Record<string, Act>>
  readonly after?: Readonly<Record<string, Act>>
  readonly env?: Readonly<Record<string, string>>
  readonly openLog?: OpenOptions['openLog']
  readonly waits?: Waits
  readonly parallel?: number
  readonly projectRoots?: Readonly<Record<string, string>>
}

/** How one process's part of a run ended. */
export interface Ended {
  /** Outcome by task id; a skipped task has none. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>
  readonly skipped: readonly string[]
  /** Tasks that failed. */
  readonly failures: readonly (Extract<StepOutcome, { kind: 'failed' }> & { readonly id: string })[]
  readonly said: readonly Progress[]
  /** Agents that this process started: `implement 2 add`, `fix 1`. */
  readonly agents: readonly string[]
  /** Codes of the notices, in order. */
  readonly notices: readonly string[]
  /** All that was reported, as a person reads it, and the failures. */
  readonly text: string
}

export interface ConductPlace {
  readonly root: string
  readonly specFile: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** One process's worth of conducting, in this process. */
export class Conductor {
  readonly said: Progress[] = []
  readonly ended: Promise<Ended>
  readonly #stop = new AbortController()
  readonly #watchers = new Set<() => void>()

  constructor(place: ConductPlace, options: ConductOptions) {
    this.ended = this.#conduct(place, options)
    // Whoever awaits `ended` gets it.
    this.ended.catch(() => undefined)
  }

  /** As a signal does. */
  stop(): void {
    this.#stop.abort()
  }

  /** Resolves when something like this has been reported; rejects when the conductor ended without it. */
  async until(like: (progress: Progress) => boolean): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const watcher = () => {
        if (!this.said.some(like)) return
        this.#watchers.delete(watcher)
        resolve()
      }
      this.#watchers.add(watcher)
      watcher()
    })
    const over = this.ended.then(({ text }) => {
      if (!this.said.some(like)) throw new Error(`it ended before that was reported:\n${text}`)
    })
    await Promise.race([seen, over])
  }

  async #conduct(place: ConductPlace, options: ConductOptions): Promise<Ended> {
    const { only = () => true, before = {}, after = {} } = options
    const { plan } = await loadPlan(place.root, place.specFile)
    const context = await openAt(place, options, this.#stop.signal, (progress) => {
      this.said.push(progress)
      for (const watcher of [...this.#watchers]) watcher()
    })
    const outcomes = new Map<string, StepOutcome>()
    const skipped: string[] = []
    const tasks = onlyTasks(tasksOf(plan), only)
    const around = async (task: StepTask, perform: () => Promise<StepOutcome>) => {
      await before[task.id]?.()
      const outcome = await perform()
      await after[task.id]?.()
      return outcome
    }
    try {
      for await (const end of runTasks(context, tasks, around)) {
        if (end.kind === 'skipped') skipped.push(end.id)
        else outcomes.set(end.id, end.result)
      }
    } finally {
      await context.close()
    }
    return endedOf(this.said, outcomes, skipped)
  }
}

export function openAt(
  { root, specFile, env }: ConductPlace,
  { env: more, openLog, waits, parallel, projectRoots }: ConductOptions,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<RunContext> {
  return openRun({
    root,
    specFile,
    env: { ...env, ...more },
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    signal,
    report,
    waits: waits ?? { leaseMs: 30_000, pollMs: 20 },
    parallel: parallel ?? 4,
    ...(openLog === undefined ? {} : { openLog }),
    ...(projectRoots === undefined ? {} : { projectRoots }),
  })
}

function endedOf(
  said: readonly Progress[],
  outcomes: ReadonlyMap<string, StepOutcome>,
  skipped: readonly string[],
): Ended {
  const failures = [...outcomes].flatMap(([id, outcome]) => (outcome.kind === 'failed' ? [{ ...outcome, id }] : []))
  const agents = said.flatMap((progress) => {
    if (progress.type !== 'agent-started') return []
    const { place, role } = progress
    return [[shortRoles[role] ?? role, place.phase, place.module].filter((part) => part !== undefined).join(' ')]
  })
  const lines = said.flatMap((progress) => progressLine(progress, 0, { verbose: true }) ?? [])
  return {
    outcomes,
    skipped,
    failures,
    said,
    agents,
    notices: said.flatMap((progress) => (progress.type === 'notice' ? [progress.code] : [])),
    text: [
      ...lines,
      ...failures.map(({ id, reason, message, hint }) => `${id} ${reason}: ${message}\n${hint ?? ''}`),
    ].join('\n'),
  }
}

const shortRoles: Readonly<Record<string, string>> = {
  'implementation-executor': 'implement',
  'fix-executor': 'fix',
  'synthesis-architect': 'synthesis',
  'code-reviewer': 'review',
  'security-auditor': 'audit',
}
