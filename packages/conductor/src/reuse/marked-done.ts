import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { prove } from '../gates/prove.ts'
import { describeRule } from '../gates/registry.ts'
import { phaseGates } from '../gates/required.ts'
import { commitPhase } from '../merge/commit-phase.ts'
import type { Adopted } from './adopt.ts'
import { withBuilt } from './with-built.ts'

/**
 * A phase that its spec marks as done: its base, with the entry that says so, if every gate that needs no agent passes there. Undefined
 * where one fails; a notice says which, and agents build the phase.
 */
export async function startMarkedDone(
  context: AgentContext,
  phase: Phase,
  base: { readonly commit: Oid; readonly tree: Oid },
): Promise<Adopted | undefined> {
  const { surroundings, plan } = context
  const tree = await withBuilt(context, phase, { base: base.tree, tree: base.tree })
  const commit = await commitPhase(context, phase, { tree, base: base.commit })
  const place = { step: 'worktrees', phase: phase.id } as const
  const gates = phaseGates(plan, phase, base.tree)
  const { failed } = await prove(context, { place, gates, tree, commit })
  if (failed.length === 0) return { kind: 'adopted', from: base.commit, tree, commit, markedDone: true }
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'done-not-proven',
    message: `phase ${phase.id} is marked as done, but does not pass where it starts (${base.commit.slice(0, 7)}): ${failed.map(({ gate, rule }) => describeRule(gate, rule)).join('; ')}`,
    hint: 'Agents build it now. If it is not done, untick its tasks in the spec.',
  })
  return undefined
}
