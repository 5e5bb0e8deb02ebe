import type { Phase, Plan } from './plan.ts'

/**
 * What deliberate redos of a phase are counted by: its slice, so that a phase keeps its epoch when others are put in
 * before it. Of phases with equal slices each later one, in the order of the spec, has a number of its own after it.
 * Fit for the name of a ref.
 */
export function epochName({ phases }: Pick<Plan, 'phases'>, { id, digest }: Pick<Phase, 'id' | 'digest'>): string {
  const equal = phases.filter((phase) => phase.digest === digest)
  const place = equal.findIndex((phase) => phase.id === id)
  return place > 0 ? `${digest}-${place + 1}` : digest
}
