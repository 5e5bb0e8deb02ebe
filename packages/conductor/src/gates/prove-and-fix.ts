import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Escalation, RequiredGate } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { assign } from '../agents/assignment.ts'
import { recordedWork, refuseOutside, type WorkOutcome } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout, SetupFailed } from '../checkouts/setup.ts'
import { mayBeOfChange } from '../checkouts/setup-blame.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { type Attempt, type EscalationCause, escalate } from './escalation.ts'
import { type Proof, prove } from './prove.ts'
import { causeOf, failureOf, isFixable, nameOf, type Red } from './red.ts'

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

/**
 * Checks gates on a tree; where one fails, a fix-executor runs and its tree is checked by all of them again, for as many
 * rounds as the phase has left. A setup that fails for what this tree alone asks to be installed counts as a red gate. A fault of the
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
  for (;;) {
    const found = await check(context, { ...request, commit, tree })
    if (found.kind === 'green') return { kind: 'proven', commit, tree, proof: found.proof, rounds }
    if (!isFixable(found) || rounds >= context.plan.settings.rounds) return escalated(causeOf(found))
    rounds += 1
    const work = await fix(context, request, { commit, tree, round: rounds, red: found })
    if (work instanceof SetupFailed) return escalated(causeOf({ kind: 'setup', failure: work, isOfChange: false }))
    const fixed = refuseOutside(context.plan.name, work)
    if (fixed.kind === 'undone' && (fixed.commit === undefined || fixed.reason === 'agent-unavailable')) {
      return escalated(causeOf(found, { message: fixed.message, hint: fixed.hint }))
    }
    attempts.push({
      round: rounds,
      ...nameOf(found),
      recorded: fixed.kind === 'done' && fixed.recorded,
      said: fixed.kind === 'done' ? fixed.report : fixed.message,
      treeBefore: tree,
    })
    if (fixed.kind === 'done') ({ commit, tree } = fixed)
  }
}

/** Whether a tree passes. A setup that its change may have broken is run a second time first, as a gate is. */
async function check(
  context: AgentContext,
  request: ProveAndFixRequest,
): Promise<Red | { readonly kind: 'green'; readonly proof: Proof }> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      const proof = await prove(context, request)
      const [worst, ...others] = proof.failed
      return worst === undefined ? { kind: 'green', proof } : { kind: 'gates', worst, others }
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error
      const isOfChange = await mayBeOfChange(context, error, request.commit, request.bases)
      if (!isOfChange || isSecond) return { kind: 'setup', failure: error, isOfChange }
    }
  }
}

/** The failure of a step whose gates need a person. */
export function escalatedFailure(escalation: Escalation): StepFailure {
  return { kind: 'failed', reason: 'escalated', message: escalation.what, escalation }
}

interface FixRequest {
  readonly commit: Oid
  readonly tree: Oid
  readonly round: number
  readonly red: Red
}

async function fix(
  context: AgentContext,
  { place, phase, stepKey, lease }: ProveAndFixRequest,
  { commit, tree, round, red }: FixRequest,
): Promise<WorkOutcome | SetupFailed> {
  const about = red.kind === 'setup' ? { tree, round, setup: red.failure.command } : { tree, round }
  const key = sessionKey(stepKey, 'fix-executor', about)
  const recorded = await recordedWork(context.workspace, await context.log.state(), key, tree)
  if (recorded) return recorded
  const label = `${phase.slug}-fix`
  let checkout: Checkout | undefined
  try {
    return await runAgent(context, {
      place,
      phase,
      key,
      assignment: assign(context.plan, 'fix-executor', phase, {
        failure: { ...failureOf(red), round, rounds: context.plan.settings.rounds },
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
      transcript: `transcript-fix-${round}.jsonl`,
      lease,
    })
  } catch (error) {
    if (error instanceof SetupFailed) return error
    throw error
  } finally {
    await checkout?.release()
  }
}
