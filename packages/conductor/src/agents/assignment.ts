import type { AgentRole, Assignment } from '@nx-conduct/agent'
import type { Module, Phase, Plan } from '@nx-conduct/spec'

/** What every agent of a phase is told, whatever its role. */
export function assign(
  plan: Plan,
  role: AgentRole,
  phase: Phase,
  more: Pick<Assignment, 'module' | 'failure' | 'conflict' | 'review'> & {
    readonly reports?: Assignment['reports']
  } = {},
): Assignment {
  return {
    role,
    spec: plan.name,
    context: plan.context.map(({ title, markdown }) => ({ title, markdown })),
    phase: {
      id: phase.id,
      title: phase.title,
      description: phase.description,
      tasks: phase.tasks.map(({ text }) => text),
      modules: phase.modules.filter(({ implicit }) => !implicit).map(({ name }) => name),
      testCommands: phase.testCommands.map(({ command }) => command),
      criteria: phase.criteria.map(({ text }) => text),
      gotchas: phase.gotchas,
      files: phase.files,
      generated: phase.generated,
    },
    reports: more.reports ?? [],
    ...(more.module ? { module: more.module } : {}),
    ...(more.failure ? { failure: more.failure } : {}),
    ...(more.conflict ? { conflict: more.conflict } : {}),
    ...(more.review ? { review: more.review } : {}),
  }
}

/** What an agent is told that judges everything that the spec asks for. */
export function assignWhole(plan: Plan, role: AgentRole, review: NonNullable<Assignment['review']>): Assignment {
  const each = (of: (phase: Phase) => readonly string[]): readonly string[] =>
    plan.phases.flatMap((phase) => of(phase).map((text) => `Phase ${phase.id}, ${phase.title}: ${text}`))
  return {
    role,
    spec: plan.name,
    context: plan.context.map(({ title, markdown }) => ({ title, markdown })),
    phase: {
      id: 'final',
      title: plan.title,
      description: '',
      tasks: each(({ tasks }) => tasks.map(({ text }) => text)),
      modules: [],
      testCommands: [...new Set(plan.phases.flatMap((phase) => phase.testCommands.map(({ command }) => command)))],
      criteria: each(({ criteria }) => criteria.map(({ text }) => text)),
      gotchas: each(({ gotchas }) => gotchas),
      files: [...new Set(plan.phases.flatMap(({ files }) => files))],
      generated: plan.phases.flatMap(({ generated }) => generated),
    },
    reports: [],
    review,
  }
}

/** The module as its agent sees it: what it owns, and what others of the phase own. */
export function moduleAssignment(phase: Phase, module: Module): Assignment['module'] {
  if (module.implicit) return undefined
  const foreign = phase.modules.filter((other) => other.slug !== module.slug).flatMap((other) => other.paths ?? [])
  const own = module.paths ?? []
  return { name: module.name, paths: own, foreignPaths: foreign.filter((path) => !own.includes(path)) }
}
