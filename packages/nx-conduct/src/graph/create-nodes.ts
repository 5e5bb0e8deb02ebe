import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirname } from 'node:path/posix'
import { type CreateNodes, type CreateNodesResult, createNodesFromFiles } from '@nx/devkit'
import { compile, defaultSpecName, formatDiagnostics, specGlob } from '@nx-conduct/spec'
import { specProjects } from './projects.ts'

/** Turns every spec of the workspace into projects. A spec with errors fails alone: the others stay in the graph. */
export const createNodes: CreateNodes = [
  specGlob,
  (files, options, context) =>
    createNodesFromFiles((file, _, { workspaceRoot }) => nodesOf(file, workspaceRoot), files, options, context),
]

function nodesOf(specFile: string, workspaceRoot: string): CreateNodesResult {
  const text = readFileSync(join(workspaceRoot, specFile), 'utf8')
  const plan = compile(text, { defaultName: defaultSpecName(specFile) })
  const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`\n${formatDiagnostics(errors, { text, path: specFile, color: false })}`)
  return { projects: specProjects(plan, specFile, dirname(specFile)) }
}
