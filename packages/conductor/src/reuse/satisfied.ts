import type { Oid } from '@nx-conduct/git'
import type { Phase, Plan } from '@nx-conduct/spec'
import type { RunContext } from '../run/context.ts'

/** Whether a tree holds a phase for its current slice. Whether its gates pass there is for `test` and `validate` to prove. */
export async function isSatisfied(
  { plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>,
  phase: Phase,
  tree: Oid,
): Promise<boolean> {
  return satisfiedPhases(plan, await workspace.objects.built(tree)).has(phase.slug)
}

/**
 * Slugs of the phases that a tree holds for their current slice. The slug a slice was built under may
 * differ from today's (renumbered phases); phases with equal slices each need an entry of their own.
 */
export function satisfiedPhases(plan: Plan, built: ReadonlyMap<string, string>): ReadonlySet<string> {
  const left = new Map(built)
  const satisfied = new Set<string>()
  for (const phase of plan.phases) {
    if (left.get(phase.slug) === phase.digest) {
      left.delete(phase.slug)
      satisfied.add(phase.slug)
    }
  }
  for (const phase of plan.phases) {
    if (satisfied.has(phase.slug)) continue
    const entry = [...left].find(([, slice]) => slice === phase.digest)
    if (!entry) continue
    left.delete(entry[0])
    satisfied.add(phase.slug)
  }
  return satisfied
}
