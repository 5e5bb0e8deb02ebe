import { ancestorsOf, type Phase, parentsOf } from '@nx-conduct/spec'
import type { ResultOf } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { satisfiedPhases } from '../reuse/satisfied.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepGraph } from '../step/step-graph.ts'
import { type Base, baseOf } from '../steps/worktrees.ts'
import type { RunContext } from './context.ts'

/** Whether a phase can take somebody's work now. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'complete' }
  /** For these phases, on which it depends. */
  | { readonly kind: 'waits'; readonly phases: readonly Phase[] }

/** A phase takes work once all that it depends on is complete, and while it is not complete itself. */
export async function readinessOf(
  { plan, run, log, workspace }: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace'>,
  phase: Phase,
): Promise<Readiness> {
  const { runs } = await log.state()
  const built = satisfiedPhases(plan, await workspace.objects.built(run.base.tree))
  const isDone = ({ id, slug, digest }: Phase) => built.has(slug) || runs[run.id]?.complete[id]?.slice === digest
  if (isDone(phase)) return { kind: 'complete' }
  const phases = ancestorsOf(plan, phase.id).filter((each) => !isDone(each))
  return phases.length === 0 ? { kind: 'ready' } : { kind: 'waits', phases }
}

/** Where a phase starts: what it depends on, merged and proven. */
export async function provenBase(context: AgentContext, graph: StepGraph, phase: Phase): Promise<Base | StepFailure> {
  const parents: { readonly phase: Phase; readonly result: ResultOf<'validate'> }[] = []
  for (const parent of parentsOf(context.plan, phase)) {
    const validated = await graph.validate(parent)
    if (validated.kind === 'failed') return validated
    parents.push({ phase: parent, result: validated.result })
  }
  return baseOf(context, { phase, parents })
}
