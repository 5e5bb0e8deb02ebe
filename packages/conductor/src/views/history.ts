import { openRepository, processIdentity } from '@nx-conduct/git'
import { type Event, type HistoryReport, openRunLog, type StoreNotice, verifyHistory } from '@nx-conduct/store'
import { ConductProblem } from '../run/problem.ts'
import { toProblem } from '../run/to-problem.ts'
import { verifyPlan } from './verify/verify-plan.ts'

/**
 * The events of a spec's run log in the repository at `root`, in order; `onNotice` is told what could not be read. Throws
 * `ConductProblem` without a repository, and where the log cannot be read at all.
 */
export async function* readHistory(
  root: string,
  spec: string,
  onNotice: (notice: StoreNotice) => void,
): AsyncGenerator<Event, void, void> {
  const { commonDir } = await repositoryAt(root)
  const log = await openRunLog({
    commonDir,
    spec,
    holder: processIdentity(),
    now: () => new Date(),
    onNotice,
  })
  try {
    yield* log.events()
  } catch (error) {
    throw toProblem(error) ?? error
  } finally {
    await log.close()
  }
}

/** How a spec's newest run stands. */
export type RunEnd =
  | { readonly kind: 'none' }
  | { readonly kind: 'done' }
  /** Nothing failed, and what is left waits for a person. */
  | { readonly kind: 'waiting'; readonly phases: readonly string[] }
  | { readonly kind: 'failed'; readonly phases: readonly string[] }
  | { readonly kind: 'unfinished' }

/** How the run stands that was written to last, from the log of the repository at `root`. Throws as {@link readHistory} does. */
export async function readRunEnd(root: string, spec: string, onNotice: (notice: StoreNotice) => void): Promise<RunEnd> {
  const { commonDir } = await repositoryAt(root)
  const log = await openRunLog({ commonDir, spec, holder: processIdentity(), now: () => new Date(), onNotice })
  try {
    const { runs, currentRun, steps } = await log.state()
    const run = currentRun === undefined ? undefined : runs[currentRun]
    if (run === undefined) return { kind: 'none' }
    if (run.status === 'finalized') return { kind: 'done' }
    const open = run.opened.phases.filter(({ id }) => !run.complete[id])
    // Once a person has said yes or no, the next run goes on.
    const waits = (id: string): boolean => {
      const asked = run.waiting[id]
      return asked !== undefined && run.escalated[id] === undefined && run.judged[asked.tree]?.phase !== id
    }
    const fails = (id: string): boolean =>
      run.escalated[id] !== undefined ||
      Object.values(steps).some(
        ({ run: of, phase, status, failure }) =>
          of === run.run && phase === id && status === 'failed' && failure?.reason !== 'waiting',
      )
    const waiting = open.filter(({ id }) => waits(id)).map(({ id }) => id)
    const failed = open.filter(({ id }) => fails(id)).map(({ id }) => id)
    if (failed.length > 0) return { kind: 'failed', phases: failed }
    return waiting.length > 0 ? { kind: 'waiting', phases: waiting } : { kind: 'unfinished' }
  } catch (error) {
    throw toProblem(error) ?? error
  } finally {
    await log.close()
  }
}

export interface CheckedHistory extends HistoryReport {
  /** What a person did to refs of ours, and may do. */
  readonly notes: readonly string[]
}

/**
 * Checks the log and the repository: the promises about every log, and what the plans of its runs required. With code that
 * neither the log's own reader nor the steps share.
 */
export async function checkHistory(root: string, spec: string): Promise<CheckedHistory> {
  const { commonDir } = await repositoryAt(root)
  const { events, problems } = await verifyHistory(commonDir, spec)
  const plan = await verifyPlan(commonDir, spec)
  return { events, problems: [...problems, ...plan.problems.map(({ message }) => message)], notes: plan.notes }
}

async function repositoryAt(root: string) {
  const opened = await openRepository(root)
  if (opened.kind !== 'repository') throw new ConductProblem(opened.kind, opened.message, opened.hint)
  return opened.repository
}
