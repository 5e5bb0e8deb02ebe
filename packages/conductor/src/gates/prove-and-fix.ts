import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assignment } from '@nx-conduct/agent'
import { type Oid, readablePatch } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Escalation, RequiredGate } from '@nx-conduct/store'
import type { AgentContext, AgentTask } from '../agents/agent-task.ts'
import { assign } from '../agents/assignment.ts'
import { recordedWork, refuseOutside, type WorkOutcome } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import { transcriptPath } from '../agents/session-end.ts'
import { explainUnchanged, isSilent } from '../agents/unchanged.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout, SetupFailed } from '../checkouts/setup.ts'
import { mayBeOfChange } from '../checkouts/setup-blame.ts'
import { inRepository } from '../run/workspace.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { type Attempt, type EscalationCause, escalate } from './escalation.ts'
import { type GateReport, isFailed, type Proof, prove } from './prove.ts'
import { causeOf, type FixableRed, failureOf, isFixable, nameOf, type Red } from './red.ts'
import { reviewTree } from './review/review.ts'
import { findWeakenings } from './weakening/find-weakenings.ts'

export interface ProveAndFixRequest {
  readonly place: StepPlace
  readonly phase: Phase
  readonly stepKey: string
  readonly gates: readonly RequiredGate[]
  readonly commit: Oid
  readonly tree: Oid
  /** Commits that the tree was made from: what setup fails for and one of them has as well, no agent caused. */
  readonly bases: readonly Oid[]
  /** Rounds that earlier steps of the phase used up. */
  readonly roundsUsed: number
  readonly afresh?: boolean
  /** Finds which modules make the tree red, of what the first check found; for the fixing agent and the person. */
  readonly findCulprits?: (failed: readonly GateReport[]) => Promise<string | undefined>
  /** A person does not take the tree: one round is for that, whatever the gates say. */
  readonly rejected?: { readonly by: string; readonly why: string }
  readonly lease: HeldLease
}

export type ProvenTree =
  | {
      readonly kind: 'proven'
      readonly commit: Oid
      readonly tree: Oid
      readonly proof: Proof
      readonly rounds: number
    }
  | { readonly kind: 'escalated'; readonly escalation: Escalation }

/** Characters of the phase's change that a fix-executor gets; it can read the rest in its worktree. */
const patchCharacters = 40_000

/**
 * Checks gates on a tree; where one fails, a fix-executor runs and its tree is checked by all of them again, for as many
 * rounds as the phase has left. Agents that judge the work come last, on a tree that passes everything else. A setup that fails for what this tree alone asks to be installed counts as a red gate. A fault of the
 * machine is never given to an agent.
 */
export async function proveAndFix(context: AgentContext, request: ProveAndFixRequest): Promise<ProvenTree> {
  let { commit, tree } = request
  let rounds = request.roundsUsed
  const attempts: Attempt[] = []
  const escalated = async (cause: EscalationCause): Promise<ProvenTree> => ({
    kind: 'escalated',
    escalation: await escalate(context, request.phase, { commit, tree, attempts, cause }),
  })
  // A fix that was refused leaves the tree as it was, and what failed on it.
  let known: Red | undefined = request.rejected && { kind: 'rejected', ...request.rejected }
  let culprits: string | undefined
  for (;;) {
    const checked: Checked = known ?? (await check(context, { ...request, commit, tree }))
    known = undefined
    if (checked.kind === 'green') return { kind: 'proven', commit, tree, proof: checked.proof, rounds }
    if (attempts.length === 0) culprits = await culpritsOf(request, checked)
    const found: Red = checked.kind === 'gates' && culprits !== undefined ? { ...checked, culprits } : checked
    const mayFix = found.kind === 'rejected' ? attempts.length === 0 : rounds < context.plan.settings.rounds
    if (!isFixable(found) || !mayFix) return escalated(causeOf(found, whyRejectedStays(found, attempts)))
    rounds += 1
    const work = await fix(context, request, { commit, tree, round: rounds, red: found, attempts })
    if (work instanceof SetupFailed) return escalated(causeOf({ kind: 'setup', failure: work, isOfChange: false }))
    const fixed = refuseOutside(context.plan.name, work)
    if (fixed.kind === 'undone' && (fixed.commit === undefined || fixed.reason === 'agent-unavailable')) {
      return escalated(causeOf(found, { message: fixed.message, hint: fixed.hint }))
    }
    const refused = fixed.kind === 'done' ? await weakeningsOf(context, request, tree, fixed.tree) : []
    attempts.push({
      round: rounds,
      ...nameOf(found),
      recorded: fixed.kind === 'done' && fixed.recorded,
      said: fixed.kind === 'done' ? fixed.report : fixed.message,
      treeBefore: tree,
      ...(refused.length === 0 ? {} : { refused }),
      ...(await transcriptOf(context, request, rounds)),
    })
    if (refused.length > 0) {
      reportRefused(context, request.phase, rounds, refused)
      known = found
    } else if (fixed.kind === 'done') ({ commit, tree } = fixed)
  }
}

async function culpritsOf({ findCulprits }: ProveAndFixRequest, red: Red): Promise<string | undefined> {
  return red.kind === 'gates' && isFixable(red) ? findCulprits?.([red.worst, ...red.others]) : undefined
}

/** What became of the one round for a person's rejection. */
function whyRejectedStays(
  found: Red,
  attempts: readonly Attempt[],
): { readonly message: string; readonly hint: string } | undefined {
  if (found.kind !== 'rejected') return undefined
  const refused = attempts.at(-1)?.refused ?? []
  return { message: `its work was refused: ${refused.join('; ')}`, hint: '' }
}

/** How a fix weakens the checks that judge it, where the phase does not allow that. */
async function weakeningsOf(
  { workspace }: AgentContext,
  { phase, bases }: ProveAndFixRequest,
  before: Oid,
  after: Oid,
): Promise<readonly string[]> {
  if (before === after || phase.allow.includes('weaker-checks')) return []
  const [start] = bases
  const base = start === undefined ? before : await workspace.objects.treeOf(start)
  return findWeakenings(workspace.repository, { before, after, base })
}

function reportRefused({ surroundings }: AgentContext, phase: Phase, round: number, why: readonly string[]): void {
  surroundings.report({
    type: 'notice',
    severity: 'warning',
    code: 'fix-refused',
    message: `the fix of round ${round} is refused, because it weakens what it is judged by: ${why.slice(0, 3).join('; ')}${why.length > 3 ? `; and ${why.length - 3} more` : ''}`,
    hint: `If that is meant, write \`Allow: weaker-checks\` into phase ${phase.id}.`,
  })
}

type Checked = Red | { readonly kind: 'green'; readonly proof: Proof }

/** Whether a tree passes. A setup that its change may have broken is run a second time first, as a gate is. */
async function check(context: AgentContext, request: ProveAndFixRequest): Promise<Checked> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      const proof = await prove(context, request)
      const [worst, ...others] = proof.failed
      if (worst !== undefined) return { kind: 'gates', worst, others }
      return proof.unjudged.length === 0 ? { kind: 'green', proof } : await judged(context, request, proof)
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error
      const isOfChange = await mayBeOfChange(context, error, request.commit, request.bases)
      if (!isOfChange || isSecond) return { kind: 'setup', failure: error, isOfChange }
    }
  }
}

/** What passes everything else is judged by agents last: they cost money. */
async function judged(context: AgentContext, request: ProveAndFixRequest, proof: Proof): Promise<Checked> {
  const reviewed = await reviewTree(context, { ...request, gates: proof.unjudged })
  if (reviewed.kind === 'no-verdict') return reviewed
  const [worst, ...others] = reviewed.reports.filter(isFailed)
  if (worst !== undefined) return { kind: 'gates', worst, others }
  return { kind: 'green', proof: { ...proof, reports: [...proof.reports, ...reviewed.reports], unjudged: [] } }
}

/** The failure of a step whose gates need a person. */
export function escalatedFailure(escalation: Escalation): StepFailure {
  return { kind: 'failed', reason: 'escalated', message: escalation.what, escalation }
}

interface FixRequest {
  readonly commit: Oid
  readonly tree: Oid
  readonly round: number
  readonly red: FixableRed
  /** The rounds before. */
  readonly attempts: readonly Attempt[]
}

/** What the phase has changed so far. */
async function changeOf({ workspace }: AgentContext, [start]: readonly Oid[], tree: Oid): Promise<string> {
  if (start === undefined) return ''
  const spec = inRepository(workspace, `${workspace.specFolder}/`)
  const from = await workspace.objects.treeOf(start)
  const isWanted = (path: string): boolean => !path.startsWith(spec)
  return readablePatch(workspace.repository, { from, to: tree }, { most: patchCharacters, isWanted })
}

/** What the next agent is told of a round. */
function earlierRound({ round, said, refused, treeBefore }: Attempt, treeAfter: Oid): EarlierRound {
  const outcome =
    refused !== undefined
      ? `Refused, and not in your worktree: ${refused.join('; ')}`
      : treeAfter === treeBefore
        ? 'Nothing of it is in your worktree.'
        : 'It is in your worktree, and the check did not pass with it.'
  return { round, said, outcome }
}

/** Where the transcript of a round is; nothing where this workspace has none, because another one ran it. */
async function transcriptOf(
  context: AgentContext,
  { place, phase }: ProveAndFixRequest,
  round: number,
): Promise<Pick<Attempt, 'transcript'>> {
  const transcript = transcriptPath(context, { place, phase, transcript: transcriptName(round) })
  const isHere = await access(join(context.workspace.root, transcript)).then(
    () => true,
    () => false,
  )
  return isHere ? { transcript } : {}
}

function transcriptName(round: number): string {
  return `transcript-fix-${round}.jsonl`
}

type EarlierRound = NonNullable<Assignment['failure']>['earlier'][number]

async function fix(
  context: AgentContext,
  { place, phase, stepKey, bases, lease }: ProveAndFixRequest,
  { commit, tree, round, red, attempts }: FixRequest,
): Promise<WorkOutcome | SetupFailed> {
  const about = red.kind === 'setup' ? { tree, round, setup: red.failure.command } : { tree, round }
  const key = sessionKey(stepKey, 'fix-executor', about)
  const recorded = await recordedWork(context.workspace, await context.log.state(), key, tree)
  if (recorded && !isSilent(recorded, tree)) return recorded
  const label = `${phase.slug}-fix`
  let checkout: Checkout | undefined
  try {
    const task: AgentTask = {
      place,
      phase,
      key,
      assignment: assign(context.plan, 'fix-executor', phase, {
        failure: {
          ...failureOf(red),
          round,
          rounds: context.plan.settings.rounds,
          patch: await changeOf(context, bases, tree),
          earlier: attempts.map((attempt, at) => earlierRound(attempt, attempts[at + 1]?.treeBefore ?? tree)),
        },
      }),
      async checkout() {
        const isSetUp = red.kind !== 'setup'
        checkout = isSetUp
          ? await openCheckout(context, 'agent', label, commit)
          : await context.checkouts.take('agent', label, commit)
        return checkout
      },
      baseTree: tree,
      parents: [commit],
      message: `Fix phase ${phase.id}, round ${round}\n`,
      transcript: transcriptName(round),
      lease,
    }
    const work = await runAgent(context, task)
    if (work.kind === 'undone' || !isSilent(work, tree)) return work
    return { kind: 'undone', ...explainUnchanged(context, task, work, 'did not report'), commit: undefined }
  } catch (error) {
    if (error instanceof SetupFailed) return error
    throw error
  } finally {
    await checkout?.release()
  }
}
