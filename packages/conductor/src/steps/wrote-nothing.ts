import { isStandIn } from '@nx-conduct/agent'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate, ResultOf } from '@nx-conduct/store'
import type { AgentContext, AgentTask } from '../agents/agent-task.ts'
import type { DoneWork } from '../agents/record-work.ts'
import type { SessionFailure } from '../agents/session-end.ts'
import { explainUnchanged } from '../agents/unchanged.ts'
import { isBuiltRule } from '../gates/kinds/criterion.ts'
import { prove } from '../gates/prove.ts'
import { describeRule } from '../gates/registry.ts'
import { phaseGates, testGates } from '../gates/required.ts'

/** What a phase asks for that the tree where it starts can be asked, too. What compares two trees says nothing of one. */
const measured: readonly string[] = ['files', 'criterion', 'generated']

/** Why a session that changed no file is none; undefined where there was nothing to do. Measured once for a step. */
export type WroteNothing = (work: DoneWork, task: AgentTask) => Promise<SessionFailure | undefined>

/**
 * A session that ended with success and changed no file did its work only if there was none to do. That is measured: the phase's
 * tests, files and criteria pass on the tree where it starts. Where they do not, or there are none, a report of the agent that it has nothing
 * to do counts only if something else is checked by it: other modules may be what is missing, and then the merged tree decides.
 */
export function wroteNothing(
  context: AgentContext,
  { phase, base }: { readonly phase: Phase; readonly base: ResultOf<'worktrees'> },
): WroteNothing {
  let found: Promise<RequiredGate | 'nothing to measure' | undefined> | undefined
  return async (work, task) => {
    if (work.changed.length > 0 || phase.tasks.length === 0) return undefined
    found ??= firstRed(context, { phase, base, task })
    const red = await found
    if (red === undefined) return undefined
    const hasReported = !isStandIn(work)
    if (hasReported && (red === 'nothing to measure' || phase.modules.length > 1)) return undefined
    const why =
      red === 'nothing to measure' ? 'did not report' : `${red.gate} fails: ${describeRule(red.gate, red.rule)}`
    return explainUnchanged(context, task, work, why)
  }
}

async function firstRed(
  context: AgentContext,
  { phase, base, task }: { readonly phase: Phase; readonly base: ResultOf<'worktrees'>; readonly task: AgentTask },
): Promise<RequiredGate | 'nothing to measure' | undefined> {
  const { plan } = context
  const own = phaseGates(plan, phase, undefined).filter(
    ({ gate, rule }) => measured.includes(gate) && !(gate === 'criterion' && isBuiltRule(rule)),
  )
  const gates = [...testGates(plan, phase), ...own]
  if (gates.length === 0) return 'nothing to measure'
  const { failed } = await prove(context, { place: task.place, gates, tree: base.tree, commit: base.commit })
  return failed[0]
}
