import type { Criterion, Plan } from '../plan.ts'

/** What `compile --json` prints: the phases and the findings, with places in the text as given. */
export interface PlanJson {
  readonly phases: readonly {
    readonly id: string
    readonly title: string
    readonly dependsOn: readonly string[]
    readonly modules: Plan['phases'][number]['modules']
    readonly tasks: Plan['phases'][number]['tasks']
    readonly done: boolean
    readonly testCommands: readonly string[]
    readonly criteria: readonly Criterion[]
    readonly gotchas: readonly string[]
    readonly files: readonly string[]
    readonly generated: Plan['phases'][number]['generated']
    readonly range: Plan['phases'][number]['range']
    readonly digest: string
  }[]
  readonly diagnostics: Plan['diagnostics']
}

/** The plan for machines. The fields are stable; more may be added. */
export function planToJson(plan: Plan): PlanJson {
  return {
    phases: plan.phases.map((phase) => ({
      id: phase.id,
      title: phase.title,
      dependsOn: phase.dependsOn,
      modules: phase.modules,
      tasks: phase.tasks,
      done: phase.done,
      testCommands: phase.testCommands.map(({ command }) => command),
      criteria: phase.criteria,
      gotchas: phase.gotchas,
      files: phase.files,
      generated: phase.generated,
      range: phase.range,
      digest: phase.digest,
    })),
    diagnostics: plan.diagnostics,
  }
}
