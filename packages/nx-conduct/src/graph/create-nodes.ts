import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirname } from 'node:path/posix'
import type { CreateNodes, CreateNodesResult } from '@nx/devkit'
import { compile, defaultSpecName, formatDiagnostics, specGlob } from '@nx-conduct/spec'
import { specProjects } from './projects.ts'

/** Turns every spec of the workspace into projects. A spec with errors fails alone: the others stay in the graph. */
export const createNodes: CreateNodes = [
  specGlob,
  async (files, _options, { workspaceRoot }) => {
    const results: [string, CreateNodesResult][] = []
    const errors: [string, Error][] = []
    for (const file of files) {
      try {
        results.push([file, nodesOf(file, workspaceRoot)])
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

function nodesOf(specFile: string, workspaceRoot: string): CreateNodesResult {
  const text = readFileSync(join(workspaceRoot, specFile), 'utf8')
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`\n${formatDiagnostics(errors, { text, path: specFile, color: false })}`)
  return { projects: specProjects(plan, specFile, dirname(specFile)) }
}
