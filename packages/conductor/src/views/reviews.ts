import type { RecordedVerdict, RunRecord, RunState } from '@nx-conduct/store'

/** What an agent judged of a run's work. */
export interface ReviewSummary {
  readonly role: string
  /** Id of the phase; undefined where the whole was judged. */
  readonly phase: string | undefined
  readonly outcome: 'passed' | 'failed'
  readonly verdict: RecordedVerdict
}

/** The verdicts on the trees that a run accepted, or failed with. */
export function reviewsOf({ evidence, sessions, steps }: RunState, run: RunRecord): readonly ReviewSummary[] {
  const final = Object.values(steps).flatMap(({ run: of, result }) =>
    of === run.run && result?.step === 'finalize' ? [result.tree] : [],
  )
  const trees = new Set([
    ...Object.values(run.complete).map(({ tree }) => tree),
    ...Object.values(run.escalated).map(({ escalation }) => escalation.tree),
    ...final,
  ])
  return Object.values(evidence).flatMap(({ tree, session, outcome }): readonly ReviewSummary[] => {
    const judged = session === undefined || !trees.has(tree) ? undefined : sessions[session]
    if (judged?.verdict === undefined) return []
    const { role, phase, verdict } = judged
    return [{ role, phase: phase === '' ? undefined : phase, outcome, verdict }]
  })
}
