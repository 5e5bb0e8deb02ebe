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

/** Phases whose entries in a tree have to be written again when `phase` gets its own. */
export async function displacedIn(
  { plan, workspace }: Pick<RunContext, 'plan' | 'workspace'>,
  phase: Phase,
  tree: Oid,
): Promise<readonly Phase[]> {
  return displacedBy(plan, await workspace.objects.built(tree), phase)
}

/** Slugs of the phases that a tree holds for their current slice. */
export function satisfiedPhases(plan: Plan, built: ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set(entriesOf(plan, built).keys())
}

/**
 * The slug of the entry in a tree that names a phase's current slice, by the phase's slug. The slug a slice was built under may
 * differ from today's (renumbered phases); phases with equal slices each need an entry of their own.
 */
export function entriesOf(plan: Plan, built: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const left = new Map(built)
  const entries = new Map<string, string>()
  for (const phase of plan.phases) {
    if (left.get(phase.slug) !== phase.digest) continue
    left.delete(phase.slug)
    entries.set(phase.slug, phase.slug)
  }
  for (const phase of plan.phases) {
    if (entries.has(phase.slug)) continue
    const entry = [...left].find(([, slice]) => slice === phase.digest)?.[0]
    if (entry === undefined) continue
    left.delete(entry)
    entries.set(phase.slug, entry)
  }
  return entries
}

/** The slug of a new entry may still name another phase's slice (renumbered phases), and that phase's new slug a third one's. */
export function displacedBy(plan: Plan, built: ReadonlyMap<string, string>, phase: Phase): readonly Phase[] {
  const entries = entriesOf(plan, built)
  const displaced: Phase[] = []
  let { slug } = phase
  for (;;) {
    const next = plan.phases.find((other) => entries.get(other.slug) === slug && other.slug !== slug)
    if (next === undefined || next.slug === phase.slug || displaced.includes(next)) return displaced
    displaced.push(next)
    slug = next.slug
  }
}
