import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { describeRule } from '../gates/registry.ts'
import type { Landing } from '../run/finish-run.ts'
import { readinessOf } from '../run/phase-start.ts'
import type { StepFailure, StepOutcome } from '../step/outcome.ts'
import { performStep } from '../step/perform-step.ts'
import { stepGraph } from '../step/step-graph.ts'
import { readLastLanding } from '../views/last-landing.ts'
import { checkpointOf } from './checkpoints.ts'
import { ClientProblem } from './problem.ts'

/**
 * Completes a phase on a checkpoint, as the step `checkpoint` does: with passing evidence for every gate on exactly its tree. A phase that the
 * same checkpoint completed is complete. Throws `ClientProblem`.
 */
export async function completePhase(
  context: AgentContext,
  { phase, checkpoint: id }: { readonly phase: Phase; readonly checkpoint: string },
): Promise<StepOutcome> {
  const checkpoint = await checkpointOf(context, id)
  if (checkpoint.phase !== phase) {
    throw new ClientProblem(
      'unknown-checkpoint',
      `${id} is a checkpoint of phase ${checkpoint.phase.id}, not of phase ${phase.id}`,
    )
  }
  const readiness = await readinessOf(context, phase)
  if (readiness.kind === 'waits') {
    const open = readiness.phases.map((each) => `phase ${each.id}`).join(', ')
    throw new ClientProblem('phase-waits', `phase ${phase.id} depends on ${open}, not complete yet`)
  }
  if (checkpoint.isStale) {
    throw new ClientProblem(
      'stale-checkpoint',
      `${id} is not the newest work of phase ${phase.id}: newer work was taken, the phase was rolled back, or its text changed`,
    )
  }
  const pending = checkpoint.gates.filter(({ standing }) => standing === 'pending')
  if (pending.length > 0) {
    const named = pending.map(({ required: { gate, rule } }) => `${gate} (${describeRule(gate, rule)})`).join(', ')
    throw new ClientProblem('unproven', `phase ${phase.id} has no verdict yet of the agents that judge it: ${named}`)
  }
  return performStep(context, stepGraph(context, { isOwn: () => true }), { step: 'checkpoint', phase: phase.slug })
}

export type CompletedRun =
  | { readonly kind: 'landed'; readonly landing: Landing }
  | StepFailure
  | { readonly kind: 'aborted'; readonly message: string }

/**
 * Ends a run whose phases are all complete, by the rules of `finalize`: the merged tree is proven again, and the branch moves where those rules
 * allow it. `keep`: the result is left on a branch of its own. Throws `ClientProblem` while a phase is open.
 */
export async function completeRun(context: AgentContext, { keep }: { readonly keep: boolean }): Promise<CompletedRun> {
  const open: Phase[] = []
  for (const phase of context.plan.phases) {
    if ((await readinessOf(context, phase)).kind !== 'complete') open.push(phase)
  }
  if (open.length > 0) {
    const named = open.map(({ id }) => `phase ${id}`).join(', ')
    throw new ClientProblem('open-phases', `${named} ${open.length === 1 ? 'is' : 'are'} not complete`)
  }
  const graph = stepGraph(context, { isOwn: () => true })
  const outcome = await performStep(context, graph, { step: 'finalize', ...(keep ? { keep } : {}) })
  if (outcome.kind !== 'accepted') return outcome
  const last = await readLastLanding(context)
  return { kind: 'landed', landing: last?.landing ?? { kind: 'satisfied' } }
}
