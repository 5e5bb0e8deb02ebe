import type { Plan } from '@nx-conduct/spec'
import { addUsage, noUsage, type RunRecord, type RunState, type StepRecord, type Usage } from '@nx-conduct/store'
import { type Cost, costOfRun, costOfSessions } from './cost.ts'
import { type ReviewSummary, reviewsOf } from './reviews.ts'

export type PhaseStatus = 'complete' | 'satisfied' | 'waiting' | 'failed' | 'in-progress' | 'not-started'

export interface PhaseSummary {
  readonly id: string
  readonly title: string
  readonly status: PhaseStatus
  readonly modules: readonly string[]
  readonly usage: Usage
  readonly cost?: Cost
  readonly fixes: number
  readonly conflicts: number
  readonly agentMs: number
  readonly commit?: string
  readonly unverified: readonly string[]
  /** What modules took away of earlier phases. */
  readonly removed: readonly string[]
  /** Who approved the tree that was accepted. */
  readonly approvedBy?: string
}

export interface RunSummary {
  readonly spec: string
  readonly run: string | undefined
  readonly status: RunRecord['status'] | 'satisfied' | 'none'
  readonly phases: readonly PhaseSummary[]
  readonly usage: Usage
  /** Of every role that worked. */
  readonly usageByRole: Readonly<Record<string, Usage>>
  /** Where the spec has prices. */
  readonly cost?: Cost
  readonly costByRole?: Readonly<Record<string, Cost>>
  readonly reviews: readonly ReviewSummary[]
  readonly commits: number
  readonly result?: { readonly branch?: string; readonly commit: string; readonly moved: boolean }
  readonly startedAt?: string
}

/** A run as figures, from the log alone. */
export function summarise(plan: Plan, state: RunState, runId: string | undefined): RunSummary {
  const run = runId === undefined ? undefined : state.runs[runId]
  const phases = plan.phases.map((phase): PhaseSummary => {
    const complete = run?.complete[phase.id]
    const sessions = Object.values(state.sessions).filter(
      (session) => session.run === runId && session.phase === phase.id,
    )
    const steps = run === undefined ? [] : stepsOf(state, run).filter((step) => step.phase === phase.id)
    const synthesised = steps.flatMap(({ result }) => (result?.step === 'integrate' ? result.synthesised : []))
    const removed = steps.flatMap(({ result }) => (result?.step === 'integrate' ? (result.removed ?? []) : []))
    const cost = costOfSessions(plan, sessions)
    return {
      id: phase.id,
      title: phase.title,
      status: statusOf(run, phase.id, steps),
      modules: phase.modules.map(({ name }) => name),
      usage: sessions.reduce((sum, { usage }) => addUsage(sum, usage), noUsage),
      ...(cost === undefined ? {} : { cost }),
      fixes: sessions.filter(({ role }) => role === 'fix-executor').length,
      conflicts: synthesised.length,
      agentMs: sessions.reduce((sum, { durationMs }) => sum + durationMs, 0),
      ...(complete ? { commit: complete.commit } : {}),
      unverified: complete?.unverified ?? [],
      removed: [...new Set(removed)],
      ...approvalOf(state, complete),
    }
  })
  return {
    spec: plan.name,
    run: run?.run,
    status: run?.status ?? 'none',
    phases,
    usage: run?.usage ?? noUsage,
    usageByRole: run?.usageByRole ?? {},
    ...(run === undefined ? {} : costOfRun(plan, state, run)),
    reviews: run === undefined ? [] : reviewsOf(state, run),
    commits: new Set(phases.flatMap(({ commit, status }) => (status === 'complete' ? (commit ?? []) : []))).size,
    ...(run?.finalized
      ? {
          result: {
            ...(run.finalized.branch === undefined ? {} : { branch: run.finalized.branch }),
            commit: run.finalized.to,
            moved: run.finalized.moved,
          },
        }
      : {}),
    ...(run ? { startedAt: run.openedAt } : {}),
  }
}

/** The steps of a run, without those of phases that are to be built again. */
export function stepsOf({ steps }: RunState, { run, redoneAt }: RunRecord): readonly StepRecord[] {
  return Object.values(steps).filter((step) => step.run === run && step.startedAt > (redoneAt[step.phase] ?? ''))
}

function statusOf(run: RunRecord | undefined, phase: string, steps: readonly StepRecord[]): PhaseStatus {
  const complete = run?.complete[phase]
  if (complete) return complete.satisfied ? 'satisfied' : 'complete'
  // What a person rejected and no agent could work on waits, and needs them more than that.
  if (run?.escalated[phase]) return 'failed'
  if (run?.waiting[phase]) return 'waiting'
  if (steps.some(({ status }) => status === 'failed')) return 'failed'
  return steps.length > 0 ? 'in-progress' : 'not-started'
}

function approvalOf(
  { runs }: RunState,
  complete: RunRecord['complete'][string] | undefined,
): Pick<PhaseSummary, 'approvedBy'> {
  const word = complete && Object.values(runs).findLast(({ judged }) => judged[complete.tree])?.judged[complete.tree]
  return word?.verdict === 'approved' ? { approvedBy: word.by } : {}
}
