import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirname } from 'node:path/posix'
import {
  AggregateCreateNodesError,
  type CreateNodes,
  type CreateNodesContext,
  type CreateNodesResult,
} from '@nx/devkit'
import { compile, defaultSpecName, formatDiagnostics, specGlob } from '@nx-conduct/spec'
import { specProjects } from './projects.ts'

type Result = readonly [file: string, result: CreateNodesResult]

/** Turns every spec of the workspace into projects. A spec with errors fails alone: the others stay in the graph. */
export const createNodes: CreateNodes = [
  specGlob,
  async (files: readonly string[], _options: unknown, context: CreateNodesContext) => {
    const results: Result[] = []
    const errors: [file: string, error: Error][] = []
    for (const file of files) {
      try {
        results.push([file, { projects: projectsOf(file, context.workspaceRoot) }])
      } catch (error) {
        errors.push([file, error instanceof Error ? error : new Error(String(error))])
      }
    }
    if (errors.length > 0) throw new AggregateCreateNodesError(errors, [...results] as never)
    return [...results] as never
  },
]

function projectsOf(specFile: string, workspaceRoot: string) {
  const text = readFileSync(join(workspaceRoot, specFile), 'utf8')
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`\n${formatDiagnostics(errors, { text, path: specFile, color: false })}`)
  return specProjects(plan, specFile, dirname(specFile))
}
