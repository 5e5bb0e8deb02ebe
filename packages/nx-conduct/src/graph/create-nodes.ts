import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { dirname } from 'node:path/posix'
import type { CreateNodes, CreateNodesResult } from '@nx/devkit'
import { compile, defaultSpecName, formatDiagnostics, phaseFile, specGlob } from '@nx-conduct/spec'
import { projectFilesGlob, projectRootsIn, readPackageGlobs } from './project-roots.ts'
import { specProjects } from './projects.ts'
import { isUnsynced } from './unsynced.ts'

/** Turns every spec of the workspace into projects. A spec with errors fails alone: the others stay in the graph. */
export const createNodes: CreateNodes = [
  `{${specGlob},${projectFilesGlob}}`,
  async (files, _options, { workspaceRoot }) => {
    const results: [string, CreateNodesResult][] = []
    const errors: [string, Error][] = []
    const specs = files.filter((file) => basename(file) === basename(specGlob))
    if (specs.length === 0) return results
    const roots = projectRootsIn(files, readPackageGlobs(workspaceRoot))
    for (const file of specs) {
      try {
        results.push([file, nodesOf(file, workspaceRoot, roots)])
      } catch (error) {
        errors.push([file, error instanceof Error ? error : new Error(String(error))])
      }
    }
    if (errors.length === 0) return results
    // Loading it takes half a second, which every command of Nx would wait for.
    const { AggregateCreateNodesError } = await import('@nx/devkit')
    throw new AggregateCreateNodesError(errors, results)
  },
]

function nodesOf(specFile: string, workspaceRoot: string, projectRoots: ReadonlySet<string>): CreateNodesResult {
  const text = readFileSync(join(workspaceRoot, specFile), 'utf8')
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`\n${formatDiagnostics(errors, { text, path: specFile, color: false })}`)
  const specFolder = dirname(specFile)
  return {
    projects: specProjects(plan, specFile, specFolder, {
      projectRoots,
      unsynced: new Set(
        plan.phases.flatMap((phase) =>
          isUnsynced(phase, join(workspaceRoot, phaseFile(specFolder, phase.slug))) ? [phase.slug] : [],
        ),
      ),
    }),
  }
}
