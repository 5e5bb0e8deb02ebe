import type { Oid } from '@nx-conduct/git'
import { type Evidence, evidenceKey, type RequiredGate } from '@nx-conduct/store'
import { type Checkout, checkOut, setUp, tracesIn } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import { type CheckOutcome, checkCommand, checkTree, commandOf } from './check.ts'

export interface GateReport extends RequiredGate {
  readonly evidence: Evidence
  /** True when the evidence was there before. */
  readonly known: boolean
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  readonly output: string
  readonly environmentFault?: string
}

/** Whether every gate held on a tree. Gates behind a failed one are still checked: a fixing agent gets the whole picture. */
export interface Proof {
  readonly tree: Oid
  readonly reports: readonly GateReport[]
  readonly failed: readonly GateReport[]
}

export interface ProofRequest {
  readonly place: StepPlace
  readonly gates: readonly RequiredGate[]
  readonly tree: Oid
  /** A commit that carries `tree`. */
  readonly commit: Oid
  /** Check again although evidence for this tree is there. */
  readonly afresh?: boolean
}

/**
 * Holds a tree against gates, each on a clean checkout of exactly that tree. Evidence that is there for (gate, rule,
 * tree, environment) counts; only a pass does, a failure is looked at again. What was found is recorded.
 */
export async function prove(conduct: Conduct, request: ProofRequest): Promise<Proof> {
  const state = await conduct.log.state()
  const reports: GateReport[] = []
  let at: CleanCheckout | undefined
  try {
    for (const required of request.gates) {
      const key = evidenceKey({ ...required, tree: request.tree, environment: conduct.environment.digest })
      const earlier = state.evidence[key]
      if (earlier?.outcome === 'passed' && !request.afresh) {
        reports.push({ ...required, evidence: earlier, known: true, flaky: false, output: '' })
        announce(conduct, request.place, required, 'passed', true, 0)
        continue
      }
      const command = commandOf(required)
      let outcome: CheckOutcome
      let flaky = false
      if (command === undefined) {
        outcome = await checkTree(conduct, required, request.tree)
      } else {
        at = await freshCheckout(conduct, request, at)
        outcome = await checkCommand(conduct, at.checkout, command)
        if (outcome.outcome === 'failed' && outcome.environmentFault === undefined) {
          at = await freshCheckout(conduct, request, at)
          const again = await checkCommand(conduct, at.checkout, command)
          flaky = again.outcome === 'passed'
          if (flaky) outcome = again
        }
      }
      if (flaky) {
        conduct.report({
          type: 'notice',
          severity: 'warning',
          code: 'flaky-gate',
          message: `\`${required.rule}\` failed and then passed on the same tree ${request.tree.slice(0, 7)}: it is flaky`,
        })
      }
      const evidence: Evidence = {
        gate: required.gate,
        rule: required.rule,
        tree: request.tree,
        environment: conduct.environment.digest,
        outcome: outcome.outcome,
        ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
        outputDigest: outcome.outputDigest,
        at: conduct.clock.now().toISOString(),
      }
      await record(conduct, {
        type: 'evidence.recorded',
        run: conduct.run.id,
        phase: request.place.phase ?? '',
        evidence,
      })
      announce(conduct, request.place, required, outcome.outcome, false, outcome.durationMs)
      reports.push({
        ...required,
        evidence,
        known: false,
        flaky,
        output: outcome.output,
        ...(outcome.environmentFault === undefined ? {} : { environmentFault: outcome.environmentFault }),
      })
    }
  } finally {
    await at?.checkout.remove()
  }
  return { tree: request.tree, reports, failed: reports.filter((report) => report.evidence.outcome !== 'passed') }
}

interface CleanCheckout {
  readonly checkout: Checkout
  /** What stood in it before the first command. */
  readonly traces: string | undefined
}

/** A checkout that no command has left a trace in: the one at hand if it is clean, else a new one. */
async function freshCheckout(
  conduct: Conduct,
  request: ProofRequest,
  at: CleanCheckout | undefined,
): Promise<CleanCheckout> {
  if (at?.traces !== undefined && (await tracesIn(at.checkout)) === at.traces) return at
  await at?.checkout.remove()
  const label = `check-${request.place.phase === undefined ? 'final' : request.place.phase}`
  const checkout = await checkOut(conduct, label.replace(/[^A-Za-z0-9.-]+/g, '-'), request.commit)
  const setup = await setUp(conduct, checkout)
  if (setup.kind !== 'failed') return { checkout, traces: await tracesIn(checkout) }
  await checkout.remove()
  throw new SetupFailed(setup.command, setup.output)
}

/** The spec's `setup:` failed. No agent is sent in for it. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed'
  readonly command: string
  readonly output: string

  constructor(command: string, output: string) {
    super(`the setup command \`${command}\` failed`)
    this.command = command
    this.output = output
  }
}

function announce(
  conduct: Conduct,
  place: StepPlace,
  { gate, rule }: RequiredGate,
  outcome: Evidence['outcome'],
  known: boolean,
  durationMs: number,
): void {
  conduct.report({ type: 'gate', place, gate, rule, outcome, known, durationMs })
}
