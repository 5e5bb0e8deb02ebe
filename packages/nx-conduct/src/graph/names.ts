import type { Phase, Plan } from '@nx-conduct/spec'

export function phaseProject(plan: Plan, phase: Phase): string {
  return `${plan.name}-phase-${phase.slug}`
}

export function implementTarget(moduleSlug: string): string {
  return `conduct-implement--${moduleSlug}`
}

export const stepTargets = {
  worktrees: 'conduct-worktrees',
  integrate: 'conduct-integrate',
  test: 'conduct-test',
  validate: 'conduct-validate',
  checkpoint: 'conduct-checkpoint',
} as const
