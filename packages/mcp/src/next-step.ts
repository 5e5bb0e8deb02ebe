import { type AgentContext, type Checkpoint, isGreen, type ModuleWorktree, readinessOf } from '@nx-conduct/conductor'
import type { Phase } from '@nx-conduct/spec'

/** How far a phase is. */
export interface PhaseStanding {
  readonly phase: Phase
  readonly status: 'complete' | 'ready' | 'waits'
  readonly worktrees: readonly ModuleWorktree[]
  /** The newest work that was taken for it, with what its gates came to. */
  readonly newest: Checkpoint | undefined
}

export async function standingsOf(
  context: AgentContext,
  { worktrees, taken }: { readonly worktrees: readonly ModuleWorktree[]; readonly taken: readonly Checkpoint[] },
): Promise<readonly PhaseStanding[]> {
  const standings: PhaseStanding[] = []
  for (const phase of context.plan.phases) {
    const { kind } = await readinessOf(context, phase)
    standings.push({
      phase,
      status: kind,
      worktrees: worktrees.filter((each) => each.phase === phase),
      newest: taken.find((each) => each.phase === phase && !each.isStale),
    })
  }
  return standings
}

/** The phase that is to be worked on: the first that can be. */
export function currentPhase(standings: readonly PhaseStanding[]): PhaseStanding | undefined {
  return standings.find(({ status }) => status === 'ready')
}

/** What to call next, in words. */
export function nextStep(spec: string, standings: readonly PhaseStanding[]): string {
  const current = currentPhase(standings)
  if (current === undefined) return 'complete_task: every phase is complete'
  const { phase, worktrees, newest } = current
  const missing = phase.modules.filter((module) => !worktrees.some((each) => each.module === module))
  if (newest !== undefined && isGreen(newest)) {
    if (newest.gates.some(({ standing }) => standing === 'pending')) {
      return `\`npx nx run ${spec}:conduct\`: agents have to judge phase ${phase.id}; it goes on from ${newest.id}`
    }
    return `mark_phase_complete: phase ${phase.id} passes its gates on ${newest.id}`
  }
  if (worktrees.length === 0) {
    return `create_worktree: for ${missing.map(({ name }) => name).join(', ')} of phase ${phase.id}`
  }
  const remarks = [
    ...(newest === undefined ? [] : ['what failed is to be fixed in the worktrees first']),
    ...(missing.length === 0 ? [] : [`no worktree yet for ${missing.map(({ name }) => name).join(', ')}`]),
  ]
  const remark = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`
  return `create_checkpoint: for phase ${phase.id}, when the work in its worktrees is done${remark}`
}
