import { readRef, updateRef } from '@nx-conduct/git'
import { type Phase, specRefs } from '@nx-conduct/spec'
import type { RunState } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { rebaseOntoRun } from '../run/rebase-onto-run.ts'
import { epochOf } from '../step/keys.ts'
import type { StepFailure, StepOutcome, Yield } from '../step/outcome.ts'
import { record } from '../step/record.ts'
import type { StepGraph } from '../step/step-graph.ts'

type CheckpointContext = Pick<RunContext, 'workspace' | 'plan' | 'run' | 'log' | 'commands'>

/**
 * Accepts a phase: its evidence and the acceptance get an entry in the log, its commit a ref. Idempotent. A satisfied phase
 * keeps the ref of the commit that built it, and a run that did nothing writes nothing.
 */
export async function checkpoint(context: CheckpointContext, graph: StepGraph, phase: Phase): Promise<StepOutcome> {
  const validated = await graph.validate(phase)
  if (validated.kind === 'failed') return validated
  const state = await context.log.state()
  const isSatisfied = validated.result.satisfied
  const satisfied = { kind: 'accepted', source: 'satisfied', summary: 'satisfied' } as const
  if (isSatisfied && !state.runs[context.run.id]) return satisfied
  const commit = await accept(context, state, phase, validated)
  if (isSatisfied) return satisfied
  const { repository } = context.workspace
  const ref = specRefs(context.plan.name).checkpoint(phase.slug)
  const earlier = await readRef(repository, ref)
  if (earlier !== commit) {
    await updateRef(repository, ref, commit, {
      expected: earlier ?? null,
      reason: `conduct: phase ${phase.id} of run ${context.run.id}`,
    })
  }
  return { kind: 'accepted', source: 'executed', summary: `${commit.slice(0, 7)} accepted` }
}

/** Phases that were satisfied before the run had anything to record get their entry with its end. */
export async function acceptSatisfied(context: CheckpointContext, graph: StepGraph): Promise<StepFailure | undefined> {
  const state = await context.log.state()
  for (const phase of context.plan.phases) {
    if (state.runs[context.run.id]?.complete[phase.id]) continue
    const validated = await graph.validate(phase)
    if (validated.kind === 'failed') return validated
    await accept(context, state, phase, validated)
  }
  return undefined
}

async function accept(
  context: CheckpointContext,
  state: RunState,
  phase: Phase,
  { result }: Yield<'validate'>,
): Promise<string> {
  const { run, plan, commands } = context
  const commit = await rebaseOntoRun(context, result.commit)
  await record(
    context,
    {
      type: 'phase.complete',
      run: run.id,
      phase: phase.id,
      slice: phase.digest,
      commit,
      tree: result.tree,
      environment: commands.environment.digest,
      gates: result.gates,
      unverified: result.unverified,
      satisfied: result.satisfied,
    },
    {
      commits: [commit],
      operationId: `phase.complete:${run.id}:${phase.id}:${result.tree}:${epochOf(plan, state, phase)}`,
    },
  )
  return commit
}
