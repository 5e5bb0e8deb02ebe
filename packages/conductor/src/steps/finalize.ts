import { leavesOf } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { finalGates } from '../gates/required.ts'
import { type AcceptedPhase, joinAndProve, joinOf } from '../merge/join.ts'
import { finishRun, type Landing } from '../run/finish-run.ts'
import { rebaseOntoRun } from '../run/rebase-onto-run.ts'
import { finalizeKey, joinKey, keyInputs } from '../step/keys.ts'
import type { StepFailure } from '../step/outcome.ts'
import { recordOncePerKey } from '../step/record-once-per-key.ts'
import type { StepGraph } from '../step/step-graph.ts'
import { acceptSatisfied } from './checkpoint.ts'

/** Merges the leaves of the plan, proves the final tree again, and ends the run: its branch moves, or nothing does (never with `keep`). */
export async function finalize(
  context: AgentContext,
  graph: StepGraph,
  { keep }: { readonly keep: boolean },
): Promise<Landing | StepFailure> {
  const { plan, run } = context
  const accepted: AcceptedPhase[] = []
  for (const phase of leavesOf(plan)) {
    const validated = await graph.validate(phase)
    if (validated.kind === 'failed') return validated
    const { tree, commit } = validated.result
    accepted.push({ phase, tree, commit: await rebaseOntoRun(context, commit) })
  }
  const [first, ...others] = accepted
  if (!first) return { kind: 'failed', reason: 'spec-has-errors', message: 'the plan has no phase' }
  if (accepted.every(({ commit }) => commit === run.base.commit)) return { kind: 'satisfied' }

  const { phase } = others.at(-1) ?? first
  const join = await joinOf(context, [first, ...others])
  const gates = finalGates(plan, run.base.tree)
  const state = await context.log.state()
  const key = joinKey(keyInputs(context, state, phase), join, gates)
  const request = {
    step: 'finalize',
    place: { step: 'finalize', phase: phase.id },
    key: finalizeKey(run.id, key),
    state,
  } as const
  const proven = await recordOncePerKey(context, request, async (lease) => {
    const place = { step: 'finalize' } as const
    const joined = await joinAndProve(context, { place, phase, key, join, gates, afresh: true, lease })
    if (joined.kind === 'failed') return joined
    const { commit, tree } = joined
    return { kind: 'result', source: 'executed', result: { step: 'finalize', commit, tree, gates }, summary: 'proven' }
  })
  if (proven.kind === 'failed') return { ...proven, message: `the merged result: ${proven.message}` }
  return finishRun(context, proven.result, { keep, acceptRest: () => acceptSatisfied(context, graph) })
}
