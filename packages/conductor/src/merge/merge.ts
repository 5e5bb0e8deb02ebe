import { commitTree, mergeTrees, type Oid, readFileAt } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import { assign } from '../agents/assignment.ts'
import { knownWork, work } from '../agents/run-agent.ts'
import { checkOut } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { conductIdentity } from '../run/identity.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { Performed } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'

export interface MergeRequest {
  readonly place: StepPlace
  readonly phase: Phase
  readonly stepKey: string
  readonly base: Oid
  readonly ours: { readonly tree: Oid; readonly label: string; readonly report?: string }
  readonly theirs: { readonly tree: Oid; readonly label: string; readonly report?: string }
  /** Parents of the commit that a synthesis becomes. */
  readonly parents: readonly Oid[]
  readonly lease: HeldLease
}

export type Merged =
  | { readonly kind: 'merged'; readonly tree: Oid; readonly synthesised: readonly string[] }
  | Extract<Performed, { kind: 'failed' }>

/** Merges two trees in memory. A conflict goes to the synthesis-architect; its word is checked, not believed. */
export async function merge(conduct: Conduct, request: MergeRequest): Promise<Merged> {
  const merged = await mergeTrees(
    conduct.repository,
    {
      base: request.base,
      ours: request.ours.tree,
      theirs: request.theirs.tree,
    },
    { ours: request.ours.label, theirs: request.theirs.label },
  )
  if (merged.kind === 'clean') return { kind: 'merged', tree: merged.tree, synthesised: [] }

  conduct.report({
    type: 'notice',
    severity: 'info',
    code: 'merge-conflict',
    message: `${request.ours.label} and ${request.theirs.label} conflict in ${merged.paths.join(', ')}: the synthesis-architect is called`,
  })
  const key = sessionKey(request.stepKey, 'synthesis-architect', merged.tree)
  const outcome = (await knownWork(conduct, key)) ?? (await synthesise(conduct, request, merged, key))
  if (outcome.kind === 'undone') {
    return {
      kind: 'failed',
      reason: outcome.reason,
      message: `the conflict in ${merged.paths.join(', ')} was not resolved: ${outcome.message}`,
      hint: outcome.hint,
    }
  }
  const left = await markersLeft(conduct, outcome.tree, merged.paths)
  if (left.length > 0) {
    return {
      kind: 'failed',
      reason: 'conflict-markers',
      message: `the synthesis left conflict markers in ${left.join(', ')}`,
      hint: `Give the modules paths of their own in the spec, then run: npx nx run ${conduct.plan.name}:conduct`,
    }
  }
  return { kind: 'merged', tree: outcome.tree, synthesised: merged.paths }
}

async function synthesise(
  conduct: Conduct,
  request: MergeRequest,
  merged: { readonly tree: Oid; readonly paths: readonly string[]; readonly messages: string },
  key: string,
) {
  const commit = await commitTree(conduct.repository, {
    tree: merged.tree,
    parents: request.parents,
    message: `Conflict between ${request.ours.label} and ${request.theirs.label}\n`,
    author: conductIdentity,
    at: conduct.clock.now().toISOString(),
  })
  const checkout = await checkOut(conduct, `${request.phase.slug}-synthesis`, commit)
  try {
    return await work(conduct, {
      place: request.place,
      phase: request.phase,
      key,
      assignment: assign(conduct, 'synthesis-architect', request.phase, {
        conflict: {
          paths: merged.paths,
          between: [request.ours.label, request.theirs.label],
          messages: merged.messages,
        },
        reports: [request.ours, request.theirs].flatMap(({ label, report }) =>
          report ? [{ of: label, text: report }] : [],
        ),
      }),
      checkout,
      baseTree: merged.tree,
      parents: request.parents,
      message: `Merge ${request.ours.label} and ${request.theirs.label}\n`,
      transcript: 'transcript-synthesis.jsonl',
      lease: request.lease,
    })
  } finally {
    await checkout.remove()
  }
}

async function markersLeft(conduct: Conduct, tree: Oid, paths: readonly string[]): Promise<readonly string[]> {
  const left: string[] = []
  for (const path of paths) {
    const text = await readFileAt(conduct.repository, tree, path)
    if (text !== undefined && /^(<{7}|>{7}|\|{7})( |$)|^={7}$/m.test(text)) left.push(path)
  }
  return left
}
