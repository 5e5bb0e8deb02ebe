import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import { assign } from '../agents/assignment.ts'
import { knownWork, type WorkOutcome, work } from '../agents/run-agent.ts'
import { checkOut, setUp } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { sessionKey } from '../step/keys.ts'
import type { HeldLease } from '../step/lease.ts'
import type { StepPlace } from '../views/progress.ts'
import { describeRule } from './criteria.ts'
import { type Attempt, type Escalation, escalate } from './escalation.ts'
import { type GateReport, type Proof, prove, SetupFailed } from './prove.ts'

export interface HealRequest {
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

export type HealOutcome =
  | {
      readonly kind: 'proven'
      readonly commit: Oid
      readonly tree: Oid
      readonly proof: Proof
      readonly rounds: number
      readonly attempts: readonly Attempt[]
    }
  | { readonly kind: 'escalated'; readonly escalation: Escalation }

/**
 * Holds a tree against gates; where one fails, a fix-executor is sent in and its tree is held against all of them again,
 * for as many rounds as the phase has left. A fault of the machine is never sent to an agent.
 */
export async function proveAndHeal(conduct: Conduct, request: HealRequest): Promise<HealOutcome> {
  let { commit, tree } = request
  let rounds = request.roundsUsed
  const attempts: Attempt[] = []
  const allowed = conduct.plan.settings.rounds
  for (;;) {
    let proof: Proof
    try {
      proof = await prove(conduct, { ...request, commit, tree })
    } catch (error) {
      if (!(error instanceof SetupFailed)) throw error
      return escalated(conduct, request, {
        commit,
        tree,
        attempts,
        cause: { kind: 'setup', command: error.command, output: error.output },
      })
    }
    const worst = proof.failed[0]
    if (worst === undefined) return { kind: 'proven', commit, tree, proof, rounds, attempts }
    if (worst.environmentFault !== undefined) {
      return escalated(conduct, request, {
        commit,
        tree,
        attempts,
        cause: { kind: 'environment', report: worst, fault: worst.environmentFault },
      })
    }
    if (rounds >= allowed) {
      return escalated(conduct, request, {
        commit,
        tree,
        attempts,
        cause: { kind: 'gate', report: worst, others: proof.failed.slice(1) },
      })
    }
    rounds += 1
    const outcome = await fix(conduct, request, { commit, tree, round: rounds, failed: proof.failed })
    if (outcome.kind === 'undone' && outcome.commit === undefined) {
      return escalated(conduct, request, {
        commit,
        tree,
        attempts,
        cause: { kind: 'agent', report: worst, message: outcome.message, hint: outcome.hint },
      })
    }
    if (outcome.kind === 'undone' && outcome.reason === 'agent-unavailable') {
      return escalated(conduct, request, {
        commit,
        tree,
        attempts,
        cause: { kind: 'agent', report: worst, message: outcome.message, hint: outcome.hint },
      })
    }
    attempts.push({
      round: rounds,
      gate: worst.gate,
      rule: worst.rule,
      known: outcome.kind === 'done' && outcome.known,
      said: outcome.kind === 'done' ? outcome.report : outcome.message,
      treeBefore: tree,
    })
    if (outcome.kind === 'done') {
      commit = outcome.commit
      tree = outcome.tree
    }
  }
}

interface FixRequest {
  readonly commit: Oid
  readonly tree: Oid
  readonly round: number
  readonly failed: readonly GateReport[]
}

async function fix(
  conduct: Conduct,
  request: HealRequest,
  { commit, tree, round, failed }: FixRequest,
): Promise<WorkOutcome> {
  const key = sessionKey(request.stepKey, 'fix-executor', { tree, round })
  const known = await knownWork(conduct, key)
  if (known) return known
  const [worst] = failed
  const output = failed.map((report) => `$ ${describeRule(report.gate, report.rule)}\n${report.output}`).join('\n\n')
  const checkout = await checkOut(conduct, `${request.phase.slug}-fix`, commit)
  try {
    const setup = await setUp(conduct, checkout)
    if (setup.kind === 'failed') throw new SetupFailed(setup.command, setup.output)
    return await work(conduct, {
      place: request.place,
      phase: request.phase,
      key,
      assignment: assign(conduct, 'fix-executor', request.phase, {
        failure: {
          gate: worst?.gate ?? 'test',
          rule: failed.map((report) => describeRule(report.gate, report.rule)).join('\n'),
          output,
          round,
          rounds: conduct.plan.settings.rounds,
        },
      }),
      checkout,
      baseTree: tree,
      parents: [commit],
      message: `Fix phase ${request.phase.id}, round ${round}\n`,
      transcript: `transcript-fix-${round}.jsonl`,
      lease: request.lease,
    })
  } finally {
    await checkout.remove()
  }
}

function escalated(
  conduct: Conduct,
  request: HealRequest,
  found: Parameters<typeof escalate>[2],
): Promise<Extract<HealOutcome, { kind: 'escalated' }>> {
  return escalate(conduct, { place: request.place, phase: request.phase }, found).then((escalation) => ({
    kind: 'escalated',
    escalation,
  }))
}
