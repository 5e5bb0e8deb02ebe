import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, openRepository, processIdentity } from '@nx-conduct/git'
import { type Event, openRunLog, type RunLog, type StoreNotice } from '@nx-conduct/store'
import { ConductProblem } from '../run/problem.ts'
import { toProblem } from '../run/to-problem.ts'
import { nothingRuns, type Running, type RunningStep } from './running.ts'

export interface WatchOptions {
  /** A folder of the repository. */
  readonly root: string
  readonly spec: string
  /** Ends the watch. */
  readonly signal: AbortSignal
  readonly onNotice: (notice: StoreNotice) => void
  readonly now: () => Date
  readonly monotonicMs: () => number
  /** Pause between two reads of the log, in milliseconds. */
  readonly pollMs?: number
  /** A run that no process works on for so long has ended; between two steps there is a pause. */
  readonly idleMs?: number
  /** After so long without an event, what works is told. */
  readonly quietMs?: number
}

/** What a run that is watched does. The last one is an end, unless the watch was stopped. */
export type Watched =
  | { readonly kind: 'event'; readonly event: Event; readonly sinceMs: number }
  /** Nothing happened for a while: the steps that processes work on. Milliseconds count from the start of the run. */
  | { readonly kind: 'working'; readonly running: Running; readonly nowMs: number }
  | { readonly kind: 'no-run' }
  | { readonly kind: 'finalized' }
  /** No process works on it any more. */
  | { readonly kind: 'left' }

/**
 * Yields the events of a spec's newest run so far, then each new one as the log in git gets it, until the run is finalized or no process
 * works on it any more. Reads alone: it starts no run, and leaves the log and its leases as they are. Throws `ConductProblem`.
 */
export async function* watchRun(options: WatchOptions): AsyncGenerator<Watched, void, void> {
  const { root, spec, signal, now, onNotice } = options
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  const { commonDir } = opened.repository
  const holder = processIdentity()
  const log = await openRunLog({ commonDir, spec, holder, now, onNotice, readsOnly: true })
  try {
    yield* follow(log, options)
  } catch (error) {
    if (!signal.aborted) throw toProblem(error) ?? error
  } finally {
    await log.close()
  }
}

async function* follow(
  log: RunLog,
  { signal, now, monotonicMs, pollMs = 1_000, idleMs = 15_000, quietMs = 14_000 }: WatchOptions,
): AsyncGenerator<Watched, void, void> {
  const before = await allOf(log.events())
  const run = before.findLast((event) => 'run' in event.body && event.body.run !== undefined)
  const id = run === undefined || !('run' in run.body) ? undefined : run.body.run
  if (id === undefined) {
    yield { kind: 'no-run' }
    return
  }
  const runs = new Set([id])
  let seq = 0
  let openedMs = 0
  let activeMs = monotonicMs()
  let shownMs = activeMs
  let events: readonly Event[] = before
  const started = new Map<string, RunningStep>()
  for (;;) {
    let isFinalized = false
    for (const event of events) {
      const { body } = event
      // A run that is opened meanwhile is the one that a person waits for.
      if (body.type === 'run.opened' && seq >= before.length) runs.add(body.run)
      seq = event.seq
      if (!('run' in body) || body.run === undefined || !runs.has(body.run)) continue
      if (body.type === 'run.opened') openedMs = Date.parse(event.at)
      isFinalized = body.type === 'run.finalized'
      if (body.type === 'step.started') started.set(body.stepKey, runningStep(body, Date.parse(event.at) - openedMs))
      if (body.type === 'step.accepted' || body.type === 'step.failed') started.delete(body.stepKey)
      shownMs = monotonicMs()
      yield { kind: 'event', event, sinceMs: Math.max(0, Date.parse(event.at) - openedMs) }
    }
    if (isFinalized) {
      yield { kind: 'finalized' }
      return
    }
    if (events !== before && events.length > 0) activeMs = monotonicMs()
    const held = (await log.leases()).filter(({ holder }) => isAlive(holder))
    if (held.length > 0) activeMs = monotonicMs()
    const steps = held.flatMap(({ key }) => started.get(key) ?? [])
    if (steps.length > 0 && monotonicMs() - shownMs >= quietMs) {
      shownMs = monotonicMs()
      yield { kind: 'working', running: { ...nothingRuns, steps }, nowMs: now().getTime() - openedMs }
    }
    if (monotonicMs() - activeMs >= idleMs) {
      yield { kind: 'left' }
      return
    }
    await sleep(pollMs, undefined, { signal })
    events = await allOf(log.events(seq))
  }
}

function runningStep(
  { step, phase, module }: Extract<Event['body'], { type: 'step.started' }>,
  sinceMs: number,
): RunningStep {
  return { place: { step, phase, ...(module === undefined ? {} : { module }) }, sinceMs }
}

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
