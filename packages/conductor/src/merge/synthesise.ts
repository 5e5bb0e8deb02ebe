import { commitTree, type Oid } from '@nx-conduct/git'
import type { AgentContext } from '../agents/agent-task.ts'
import { assign } from '../agents/assignment.ts'
import { type DoneWork, recordedWork, refuseOutside, type WorkOutcome } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { conductIdentity } from '../run/identity.ts'
import { sessionKey } from '../step/keys.ts'
import type { StepFailure } from '../step/outcome.ts'
import { type ConflictTrees, describeEntry, differInKind, readConflict, readResolved } from './conflict-files.ts'
import { describeLost, findLost, type Lost, unexplained } from './lost-lines.ts'
import { hasMarkers, markersLeft } from './markers.ts'
import type { MergeRequest } from './merge-request.ts'

/** The result of a merge that git could not finish. */
export interface Conflict {
  /** With conflict markers in those of `paths` that can have any. */
  readonly tree: Oid
  readonly paths: readonly string[]
  /** git's words about it. */
  readonly messages: string
}

export type Synthesised =
  | { readonly kind: 'merged'; readonly tree: Oid; readonly synthesised: readonly string[] }
  | StepFailure

/** An architect whose work is refused gets one chance to complete it. */
const sessionsPerConflict = 2

/**
 * Has the synthesis-architect resolve a conflict, and checks what it made: no conflict marker may be left, and what a side added
 * has to be there or in its report. Work that lacks something is refused once, with what it lacks; then the merge fails.
 */
export async function synthesise(
  context: AgentContext,
  request: MergeRequest,
  conflict: Conflict,
): Promise<Synthesised> {
  const { plan } = context
  let start = conflict.tree
  let refused: Refused | undefined
  for (let session = 1; session <= sessionsPerConflict; session += 1) {
    const work = refuseOutside(plan.name, await runArchitect(context, request, conflict, { session, start, refused }))
    if (work.kind === 'undone') {
      return {
        kind: 'failed',
        reason: work.reason,
        message: `the conflict in ${conflict.paths.join(', ')} was not resolved: ${work.message}`,
        hint: work.hint,
      }
    }
    const review = await reviewOf(context, request, conflict, work)
    if (review.kind === 'complete') {
      reportDropped(context, review.dropped)
      return { kind: 'merged', tree: work.tree, synthesised: conflict.paths }
    }
    refused = review
    start = work.tree
    if (session < sessionsPerConflict) reportRefused(context, review)
  }
  return failureOf(plan.name, refused)
}

type Review = { readonly kind: 'complete'; readonly dropped: readonly Lost[] } | Refused

interface Refused {
  readonly kind: 'refused'
  readonly markers: readonly string[]
  readonly lost: readonly Lost[]
}

async function reviewOf(
  { workspace }: AgentContext,
  request: MergeRequest,
  { tree: merged, paths }: Conflict,
  work: DoneWork,
): Promise<Review> {
  const files = await readResolved(workspace.repository, treesOf(request, merged), { paths, result: work.tree })
  const markers = markersLeft(files)
  const lost = findLost(files, { ours: request.ours.label, theirs: request.theirs.label })
  const unsaid = unexplained(lost, { built: work.report, issues: work.issues })
  return markers.length === 0 && unsaid.length === 0
    ? { kind: 'complete', dropped: lost }
    : { kind: 'refused', markers, lost: unsaid }
}

function treesOf({ base, ours, theirs }: MergeRequest, merged: Oid): ConflictTrees {
  return { base, ours: ours.tree, theirs: theirs.tree, merged }
}

interface SessionStart {
  readonly session: number
  /** The conflict, or what the session before made of it. */
  readonly start: Oid
  readonly refused: Refused | undefined
}

async function runArchitect(
  context: AgentContext,
  request: MergeRequest,
  conflict: Conflict,
  { session, start, refused }: SessionStart,
): Promise<WorkOutcome> {
  const { workspace } = context
  const { ours, theirs, phase, parents } = request
  const reasons = refused === undefined ? undefined : reasonsOf(refused)
  const about = reasons === undefined ? conflict.tree : { conflict: conflict.tree, start, reasons }
  const key = sessionKey(request.stepKey, 'synthesis-architect', about)
  const recorded = await recordedWork(workspace, await context.log.state(), key, start)
  if (recorded) return recorded
  let checkout: Checkout | undefined
  try {
    return await runAgent(context, {
      place: request.place,
      phase,
      key,
      assignment: assign(context.plan, 'synthesis-architect', phase, {
        conflict: {
          files: await conflictingFiles(context, request, conflict, refused !== undefined),
          between: [ours.label, theirs.label],
          messages: conflict.messages,
          ...(reasons === undefined ? {} : { refused: reasons }),
        },
        reports: [ours, theirs].flatMap(({ label, report }) => (report ? [{ of: label, text: report }] : [])),
      }),
      async checkout() {
        const commit = await commitTree(workspace.repository, {
          tree: start,
          parents,
          message: `Conflict between ${ours.label} and ${theirs.label}\n`,
          author: conductIdentity,
          at: context.surroundings.clock.now().toISOString(),
        })
        checkout = await context.checkouts.take('agent', `${phase.slug}-synthesis`, commit)
        return checkout
      },
      baseTree: start,
      parents,
      message: `Merge ${ours.label} and ${theirs.label}\n`,
      transcript: session === 1 ? 'transcript-synthesis.jsonl' : `transcript-synthesis-${session}.jsonl`,
      lease: request.lease,
    })
  } finally {
    await checkout?.release()
  }
}

/** The files in conflict, with what each side has where markers do not show it, or do no longer. */
async function conflictingFiles(
  { workspace }: AgentContext,
  request: MergeRequest,
  { tree, paths }: Conflict,
  isAgain: boolean,
) {
  const files = await readConflict(workspace.repository, treesOf(request, tree), paths)
  return files.map((file) => {
    const { path, base, ours, theirs } = file
    const marked = !isAgain && hasMarkers(file)
    const isSaid = marked && !differInKind(file)
    const versions = [
      { of: 'before', has: describeEntry(base, undefined) },
      { of: request.ours.label, has: describeEntry(ours, base) },
      { of: request.theirs.label, has: describeEntry(theirs, base) },
    ]
    return { path, hasMarkers: marked, versions: isSaid ? [] : versions }
  })
}

function reasonsOf({ markers, lost }: Refused): readonly string[] {
  return [...markers.map((path) => `${path} has conflict markers`), ...describeLost(lost)]
}

function reportRefused({ surroundings }: AgentContext, refused: Refused): void {
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'synthesis-refused',
    message: `the synthesis is refused, and the synthesis-architect is asked again: ${reasonsOf(refused).join('; ')}`,
  })
}

function reportDropped({ surroundings }: AgentContext, dropped: readonly Lost[]): void {
  if (dropped.length === 0) return
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'lines-dropped',
    message: `the synthesis leaves out what a side added, and its report says why: ${describeLost(dropped).join('; ')}`,
  })
}

function failureOf(spec: string, refused: Refused | undefined): StepFailure {
  const again = `then run: npx nx run ${spec}:conduct`
  const markers = refused?.markers ?? []
  if (markers.length > 0) {
    return {
      kind: 'failed',
      reason: 'conflict-markers',
      message: `the synthesis left conflict markers in ${markers.join(', ')}`,
      hint: `Give the modules paths of their own in the spec, ${again}`,
    }
  }
  return {
    kind: 'failed',
    reason: 'lost-lines',
    message: `the synthesis lost what a side added, and its report does not say why: ${describeLost(refused?.lost ?? []).join('; ')}`,
    hint: `Say in the phase's gotchas which side gives way, or give the modules paths of their own in the spec, commit, ${again}`,
  }
}
