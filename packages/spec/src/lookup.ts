import type { Phase, Plan } from './plan.ts'

/** All phases that a phase depends on, directly or not, in document order. The phase itself is not among them. */
export function ancestorsOf(plan: Pick<Plan, 'phases'>, id: string): readonly Phase[] {
  const byId = new Map(plan.phases.map((phase) => [phase.id, phase]))
  const found = new Set<string>()
  const open = [...(byId.get(id)?.dependsOn ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue
    found.add(next)
    open.push(...(byId.get(next)?.dependsOn ?? []))
  }
  return plan.phases.filter((phase) => phase.id !== id && found.has(phase.id))
}

/** The phase of a slug, if the plan has one. */
export function phaseBySlug(plan: Pick<Plan, 'phases'>, slug: string): Phase | undefined {
  return plan.phases.find((phase) => phase.slug === slug)
}

/** The phases that no other depends on, in the order of the spec. */
export function leavesOf({ phases }: Pick<Plan, 'phases'>): readonly Phase[] {
  return phases.filter((phase) => !phases.some((other) => other.dependsOn.includes(phase.id)))
}
