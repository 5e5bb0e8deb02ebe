import type { CreateDependencies, DependencyType, ProjectConfiguration, RawProjectGraphDependency } from '@nx/devkit'

interface PhaseMetadata {
  readonly dependsOn: readonly string[]
  readonly modules: readonly { readonly name: string; readonly paths: readonly string[] }[]
}

/** Its values are in a package that takes half a second to load. */
const implicit = 'implicit' as DependencyType.implicit

/** Edges that `nx graph` draws: a phase to the phases it depends on, and to the projects whose roots its modules name. */
export const createDependencies: CreateDependencies = (_options, context) => {
  const edges: RawProjectGraphDependency[] = []
  for (const [source, project] of Object.entries(context.projects)) {
    const phase = phaseMetadata(project)
    if (!phase) continue
    const targets = new Set([
      ...phase.dependsOn,
      ...phase.modules.flatMap((module) => projectsAt(module, context.projects)),
    ])
    for (const target of targets) {
      if (target !== source && context.projects[target]) edges.push({ source, target, type: implicit })
    }
  }
  return edges
}

function phaseMetadata(project: ProjectConfiguration): PhaseMetadata | undefined {
  return (project.metadata as { conduct?: PhaseMetadata } | undefined)?.conduct
}

function projectsAt(
  module: PhaseMetadata['modules'][number],
  projects: Readonly<Record<string, ProjectConfiguration>>,
): readonly string[] {
  const folders =
    module.paths.length > 0
      ? module.paths.map((path) => path.replace(/\/?\*.*$/, '').replace(/\/+$/, ''))
      : [module.name]
  return Object.entries(projects).flatMap(([name, { root }]) =>
    folders.includes(root) || (module.paths.length === 0 && name === module.name) ? [name] : [],
  )
}
