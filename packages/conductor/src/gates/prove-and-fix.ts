import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Escalation, RequiredGate } from '@nx-conduct/store'
import type { AgentContext } from '../agents/agent-task.ts'
import { assign } from '../agents/assignment.ts'
import { recordedWork, refuseOutside, type WorkOutcome } from '../agents/record-work.ts'
import { runAgent } from '../agents/run-agent.ts'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout, SetupFailed } from '../checkouts/setup.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepFailure } from '../step/outcome.ts'
import type { StepPlace } from '../views/progress.ts'
import { type Attempt, type EscalationCause, escalate } from './escalation.ts'
import { type GateReport, type Proof, prove } from './prove.ts'
import { describeRule } from './registry.ts'

export interface ProveAndFixRequest {
  readonly place: StepPlace
  readonly phase: Phase
  readonly stepKey: string
  readonly gates: readonly RequiredGate[]
  readonly commit: Oid
  readonly tree: Oid
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
 * rounds as the phase has left. A fault of the machine is never given to an agent.
 */
export async function proveAndFix(context: AgentContext, request: ProveAndFixRequest): Promise<ProvenTree> {
  let { commit, tree } = request
  let rounds = request.roundsUsed
  const attempts: Attempt[] = []
  const escalated = async (cause: EscalationCause): Promise<ProvenTree> => ({
    kind: 'escalated',
    escalation: await escalate(context, request.phase, { commit, tree, attempts, cause }),
  })
  try {
    for (;;) {
      const proof = await prove(context, { ...request, commit, tree })
      const [worst, ...others] = proof.failed
      if (worst === undefined) return { kind: 'proven', commit, tree, proof, rounds }
      if (worst.environmentFault !== undefined) {
        return await escalated({ kind: 'environment', report: worst, fault: worst.environmentFault })
      }
      if (rounds >= context.plan.settings.rounds) return await escalated({ kind: 'gate', report: worst, others })
      rounds += 1
      const work = await fix(context, request, { commit, tree, round: rounds, worst, others })
      const fixed = refuseOutside(context.plan.name, work)
      if (fixed.kind === 'undone' && (fixed.commit === undefined || fixed.reason === 'agent-unavailable')) {
        return await escalated({ kind: 'agent', report: worst, message: fixed.message, hint: fixed.hint })
      }
      attempts.push({
        round: rounds,
        gate: worst.gate,
        rule: worst.rule,
        recorded: fixed.kind === 'done' && fixed.recorded,
        said: fixed.kind === 'done' ? fixed.report : fixed.message,
        treeBefore: tree,
      })
      if (fixed.kind === 'done') ({ commit, tree } = fixed)
    }
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error
    return escalated({ kind: 'setup', command: error.command, output: error.output })
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
  readonly worst: GateReport
  readonly others: readonly GateReport[]
}

async function fix(
  context: AgentContext,
  { place, phase, stepKey, lease }: ProveAndFixRequest,
  { commit, tree, round, worst, others }: FixRequest,
): Promise<WorkOutcome> {
  const key = sessionKey(stepKey, 'fix-executor', { tree, round })
  const recorded = await recordedWork(context.workspace, await context.log.state(), key, tree)
  if (recorded) return recorded
  const failed = [worst, ...others]
  const output = failed.map((report) => `$ ${describeRule(report.gate, report.rule)}\n${report.output}`).join('\n\n')
  let checkout: Checkout | undefined
  try {
    return await runAgent(context, {
      place,
      phase,
      key,
      assignment: assign(context.plan, 'fix-executor', phase, {
        failure: {
          gate: worst.gate,
          rule: failed.map((report) => describeRule(report.gate, report.rule)).join('\n'),
          output,
          round,
          rounds: context.plan.settings.rounds,
        },
      }),
      async checkout() {
        checkout = await openCheckout(context, 'agent', `${phase.slug}-fix`, commit)
        return checkout
      },
      baseTree: tree,
      parents: [commit],
      message: `Fix phase ${phase.id}, round ${round}\n`,
      transcript: `transcript-fix-${round}.jsonl`,
      lease,
    })
  } finally {
    await checkout?.release()
  }
}
