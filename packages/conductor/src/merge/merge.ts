import { mergeTrees, type Oid } from '@nx-conduct/git'
import type { AgentContext } from '../agents/agent-task.ts'
import type { StepFailure } from '../step/outcome.ts'
import { escapesFailure, newEscapes } from './escapes.ts'
import type { MergeRequest } from './merge-request.ts'
import { withOneSide } from './one-side.ts'
import { synthesise } from './synthesise.ts'

export type Merged =
  | {
      readonly kind: 'merged'
      readonly tree: Oid
      /** Paths whose conflict an agent resolved. */
      readonly synthesised: readonly string[]
      /** Paths in conflict of which one side was taken. */
      readonly settled: readonly string[]
    }
  | StepFailure

/**
 * Merges two trees in memory. A conflict goes to the synthesis-architect; its result is checked, not believed. The merged
 * tree is checked for links that lead out of it before anything is done with it.
 */
export async function merge(context: AgentContext, request: MergeRequest): Promise<Merged> {
  const merged = await mergeOrSynthesise(context, request)
  if (merged.kind === 'failed') return merged
  const escapes = await newEscapes(context.workspace.repository, merged.tree, request.base)
  return escapes.length === 0 ? merged : escapesFailure(context.plan.name, escapes)
}

async function mergeOrSynthesise(context: AgentContext, request: MergeRequest): Promise<Merged> {
  const { workspace, surroundings } = context
  const { base, ours, theirs } = request
  const outcome = await mergeTrees(
    workspace.repository,
    { base, ours: ours.tree, theirs: theirs.tree },
    { ours: ours.label, theirs: theirs.label },
  )
  if (outcome.kind === 'clean') return { kind: 'merged', tree: outcome.tree, synthesised: [], settled: [] }
  const settled = outcome.paths.filter((path) => request.isMadeAgain?.(path) === true)
  const merged = {
    tree: await withOneSide(workspace.repository, outcome.tree, settled, [ours.tree, theirs.tree]),
    paths: outcome.paths.filter((path) => !settled.includes(path)),
    messages: outcome.messages,
  }
  if (merged.paths.length === 0) return { kind: 'merged', tree: merged.tree, synthesised: [], settled }
  surroundings.report({
    type: 'notice',
    severity: 'info',
    code: 'merge-conflict',
    message: `${ours.label} and ${theirs.label} conflict in ${merged.paths.join(', ')}: the synthesis-architect is called`,
  })
  const resolved = await synthesise(context, request, merged)
  return resolved.kind === 'failed' ? resolved : { ...resolved, settled }
}
