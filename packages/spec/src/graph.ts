import type { Phase, Plan } from './plan.ts'

/** A phase's parents: the declared phases among its dependencies, in the order of the spec. */
export function parentsOf(plan: Pick<Plan, 'phases'>, phase: Pick<Phase, 'dependsOn'>): readonly Phase[] {
  const wanted = new Set(phase.dependsOn)
  return plan.phases.filter(({ id }) => wanted.has(id))
}

/**
 * The phases ordered so that each comes after those it depends on; among phases that are ready at once, the order of the spec.
 * Phases of a cycle (an error of the plan) come last, in the order of the spec.
 */
export function orderPhases(plan: Pick<Plan, 'phases'>): readonly Phase[] {
  const order: Phase[] = []
  const done = new Set<string>()
  const known = new Set(plan.phases.map(({ id }) => id))
  let waiting: readonly Phase[] = plan.phases
  while (waiting.length > 0) {
    const later: Phase[] = []
    for (const phase of waiting) {
      if (phase.dependsOn.every((id) => done.has(id) || !known.has(id))) {
        order.push(phase)
        done.add(phase.id)
      } else later.push(phase)
    }
    if (later.length === waiting.length) return [...order, ...later]
    waiting = later
  }
  return order
}
