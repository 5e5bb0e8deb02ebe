import { blobAt, commitTree, mergeTrees, type Oid, type Repository, readFileAt, withFiles } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { AgentContext } from '../agents/agent-task.ts'
import { assign } from '../agents/assignment.ts'
import { recordedWork, refuseOutside } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { conductIdentity } from '../run/identity.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { escapesFailure, newEscapes } from './escapes.ts'

export interface MergeRequest {
  readonly place: StepPlace
  readonly phase: Phase
  readonly stepKey: string
  readonly base: Oid
  readonly ours: MergeSide
  readonly theirs: MergeSide
  /** Parents of the commit that a synthesis becomes. */
  readonly parents: readonly Oid[]
  /** Whether a path in conflict is made again afterwards: then one side of it is taken. Default: none is. */
  readonly isMadeAgain?: (path: string) => boolean
  readonly lease: HeldLease
}

export interface MergeSide {
  readonly tree: Oid
  readonly label: string
  /** What its agent reported. */
  readonly report?: string
}

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
  const { workspace, plan, surroundings } = context
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
  const paths = merged.paths.join(', ')
  surroundings.report({
    type: 'notice',
    severity: 'info',
    code: 'merge-conflict',
    message: `${ours.label} and ${theirs.label} conflict in ${paths}: the synthesis-architect is called`,
  })
  const key = sessionKey(request.stepKey, 'synthesis-architect', merged.tree)
  const work =
    (await recordedWork(workspace, await context.log.state(), key, merged.tree)) ??
    (await synthesise(context, request, merged, key))
  const resolved = refuseOutside(plan.name, work)
  if (resolved.kind === 'undone') {
    return {
      kind: 'failed',
      reason: resolved.reason,
      message: `the conflict in ${paths} was not resolved: ${resolved.message}`,
      hint: resolved.hint,
    }
  }
  const left = await markersLeft(workspace.repository, resolved.tree, merged.paths)
  if (left.length > 0) {
    return {
      kind: 'failed',
      reason: 'conflict-markers',
      message: `the synthesis left conflict markers in ${left.join(', ')}`,
      hint: `Give the modules paths of their own in the spec, then run: npx nx run ${plan.name}:conduct`,
    }
  }
  return { kind: 'merged', tree: resolved.tree, synthesised: merged.paths, settled }
}

/** The tree with paths as the first side has them that has them at all. */
async function withOneSide(
  repository: Repository,
  tree: Oid,
  paths: readonly string[],
  sides: readonly Oid[],
): Promise<Oid> {
  const files: Record<string, Uint8Array | undefined> = {}
  for (const path of paths) {
    const blobs = await Promise.all(sides.map((side) => blobAt(repository, side, path)))
    const blob = blobs.find((each) => each !== undefined)
    files[path] = blob === undefined ? undefined : await repository.objects.content('blob', blob)
  }
  return withFiles(repository, tree, files)
}

async function synthesise(
  context: AgentContext,
  request: MergeRequest,
  merged: { readonly tree: Oid; readonly paths: readonly string[]; readonly messages: string },
  key: string,
) {
  const { ours, theirs, phase, parents } = request
  let checkout: Checkout | undefined
  try {
    return await runAgent(context, {
      place: request.place,
      phase,
      key,
      assignment: assign(context.plan, 'synthesis-architect', phase, {
        conflict: { paths: merged.paths, between: [ours.label, theirs.label], messages: merged.messages },
        reports: [ours, theirs].flatMap(({ label, report }) => (report ? [{ of: label, text: report }] : [])),
      }),
      async checkout() {
        const commit = await commitTree(context.workspace.repository, {
          tree: merged.tree,
          parents,
          message: `Conflict between ${ours.label} and ${theirs.label}\n`,
          author: conductIdentity,
          at: context.surroundings.clock.now().toISOString(),
        })
        checkout = await context.checkouts.take('agent', `${phase.slug}-synthesis`, commit)
        return checkout
      },
      baseTree: merged.tree,
      parents,
      message: `Merge ${ours.label} and ${theirs.label}\n`,
      transcript: 'transcript-synthesis.jsonl',
      lease: request.lease,
    })
  } finally {
    await checkout?.release()
  }
}

async function markersLeft(repository: Repository, tree: Oid, paths: readonly string[]): Promise<readonly string[]> {
  const left: string[] = []
  for (const path of paths) {
    const text = await readFileAt(repository, tree, path)
    if (text !== undefined && /^(<{7}|>{7}|\|{7})( |$)|^={7}$/m.test(text)) left.push(path)
  }
  return left
}
