import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { adopt, findAdoptable } from '../reuse/adopt.ts'
import { type HandedIn, handedInFor } from '../reuse/handed-in.ts'
import { provenBase, readinessOf } from '../run/phase-start.ts'
import { stepGraph } from '../step/step-graph.ts'
import type { Base } from '../steps/worktrees.ts'
import { ClientProblem } from './problem.ts'

/** How far a phase is: what further work in it starts from. */
export interface PhaseTip {
  readonly base: Base
  /** The newest work that was taken for the phase, on its base of today; the base itself where there is none. */
  readonly tip: Base
  readonly handedIn: HandedIn | undefined
}

/** Throws `ClientProblem` when the phase takes no work now. */
export async function phaseTip(context: AgentContext, phase: Phase): Promise<PhaseTip> {
  const readiness = await readinessOf(context, phase)
  if (readiness.kind === 'complete') {
    throw new ClientProblem('phase-complete', `phase ${phase.id} is complete already`)
  }
  if (readiness.kind === 'waits') {
    const open = readiness.phases.map(({ id }) => `phase ${id}`).join(', ')
    throw new ClientProblem('phase-waits', `phase ${phase.id} depends on ${open}, not complete yet`)
  }
  const base = await provenBase(context, stepGraph(context, { isOwn: () => true }), phase)
  if ('kind' in base) throw new ClientProblem('no-base', `phase ${phase.id} has no base: ${base.message}`)
  const state = await context.log.state()
  const handedIn = handedInFor(context.plan, state, phase)
  const from = handedIn?.commit ?? (await findAdoptable(context, state, phase))
  if (from === undefined) return { base, tip: base, handedIn }
  const adopted = await adopt(context, phase, from, base)
  if (adopted !== undefined) return { base, tip: { commit: adopted.commit, tree: adopted.tree }, handedIn }
  if (handedIn === undefined) return { base, tip: base, handedIn }
  throw new ClientProblem(
    'does-not-merge',
    `the newest work of phase ${phase.id}, ${handedIn.commit.slice(0, 12)}, does not merge with the phase's base of today, ${base.commit.slice(0, 12)}`,
  )
}
