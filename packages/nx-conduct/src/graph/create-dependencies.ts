import type { CreateDependencies, DependencyType, ProjectConfiguration, RawProjectGraphDependency } from '@nx/devkit'
import { folderOf, rootOf } from './project-roots.ts'

interface PhaseMetadata {
  readonly dependsOn: readonly string[]
  readonly modules: readonly { readonly name: string; readonly paths: readonly string[] }[]
}

/** Its values are in a package that takes half a second to load. */
const implicit = 'implicit' as DependencyType.implicit

/**
 * Edges that `nx graph` draws and that `^default` of a phase's `test` follows: a phase to the phases it depends on, and to the projects that
 * its modules are in, or that are in the folders of its modules.
 */
export const createDependencies: CreateDependencies = (_options, context) => {
  const edges: RawProjectGraphDependency[] = []
  const names = new Map(
    Object.entries(context.projects).flatMap(([name, project]) => (isOurs(project) ? [] : [[project.root, name]])),
  )
  const roots = new Set(names.keys())
  for (const [source, project] of Object.entries(context.projects)) {
    const phase = phaseMetadata(project)
    if (!phase) continue
    const targets = new Set([
      ...phase.dependsOn,
      ...phase.modules.flatMap((module) => rootsOf(module, roots, context.projects).map((root) => names.get(root))),
    ])
    for (const target of targets) {
      if (target !== undefined && context.projects[target]) edges.push({ source, target, type: implicit })
    }
  }
  return edges
}

function phaseMetadata(project: ProjectConfiguration): PhaseMetadata | undefined {
  return (project.metadata as { conduct?: PhaseMetadata } | undefined)?.conduct
}

/** Whether a project is a spec or a phase of one. */
function isOurs({ tags = [] }: ProjectConfiguration): boolean {
  return tags.includes('conduct:spec') || tags.includes('conduct:phase')
}

function rootsOf(
  { name, paths }: PhaseMetadata['modules'][number],
  roots: ReadonlySet<string>,
  projects: Readonly<Record<string, ProjectConfiguration>>,
): readonly string[] {
  if (paths.length === 0) return [name, projects[name]?.root ?? name].filter((root) => roots.has(root))
  return paths.flatMap((path) => {
    const folder = folderOf(path)
    const inside = [...roots].filter((root) => folder !== '' && root.startsWith(`${folder}/`))
    const around = rootOf(path, roots)
    // The root project holds everything: an edge to it says nothing where another project is meant.
    return around === undefined || (around === '.' && inside.length > 0) ? inside : [around, ...inside]
  })
}
