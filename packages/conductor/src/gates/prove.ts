import type { Oid } from '@nx-conduct/git'
import { type Evidence, evidenceKey, type RequiredGate } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout } from '../checkouts/setup.ts'
import { notInstalled } from '../dependencies/not-installed.ts'
import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import { gateKind } from './registry.ts'
import { type CheckOutcome, type EnvironmentFault, readTree, runGateCommand } from './run-check.ts'

/** What proving takes of a run. */
export type ProvingContext = Omit<RunContext, 'agents' | 'close'>

export interface GateReport extends RequiredGate {
  readonly evidence: Evidence
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  readonly output: string
  readonly environmentFault?: EnvironmentFault
}

/** Whether every gate passed on a tree. Gates after a failed one are still checked: a fixing agent gets the whole picture. */
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
  /** Check again although the log has evidence for this tree. */
  readonly afresh?: boolean
}

/**
 * Checks gates on a tree, each on a clean checkout of exactly that tree. Evidence that the log has for a gate on the tree in
 * this environment counts; only a pass does, a failure is checked again. Every outcome is recorded.
 */
export async function prove(context: ProvingContext, request: ProofRequest): Promise<Proof> {
  const { log, commands, run, surroundings, checkouts } = context
  const { evidence: recorded } = await log.state()
  const environment = commands.environment.digest
  const reports: GateReport[] = []
  let checkout: Checkout | undefined
  try {
    for (const required of request.gates) {
      const earlier = recorded[evidenceKey({ ...required, tree: request.tree, environment })]
      if (earlier?.outcome === 'passed' && !request.afresh) {
        reports.push({ ...required, evidence: earlier, flaky: false, output: '' })
        announce(context, request.place, required, { outcome: 'passed', recorded: true, durationMs: 0 })
        continue
      }
      const check = gateKind(required.gate).check(required)
      let outcome: CheckOutcome
      let flaky = false
      if (check.kind === 'tree') {
        outcome = await readTree(context, check, request.tree)
      } else {
        checkout = await cleanCheckout(context, request, checkout)
        outcome = await runGateCommand(context, checkout, check.command)
        if (outcome.outcome === 'failed') {
          const failed = { command: check.command, output: outcome.output }
          const environmentFault = await notInstalled(context, request.tree, checkout, failed)
          if (environmentFault !== undefined) outcome = { ...outcome, environmentFault }
        }
        if (outcome.outcome === 'failed' && outcome.environmentFault === undefined) {
          // An agent costs more than a second run of a test.
          checkout = await cleanCheckout(context, request, checkout)
          const again = await runGateCommand(context, checkout, check.command)
          flaky = again.outcome === 'passed'
          if (flaky) outcome = again
        }
      }
      if (flaky) {
        surroundings.report({
          type: 'notice',
          severity: 'warning',
          code: 'flaky-gate',
          message: `\`${required.rule}\` failed and then passed on the same tree ${request.tree.slice(0, 7)}: it is flaky`,
        })
      }
      const setup = check.kind === 'command' && checkout !== undefined ? checkouts.layers.digestIn(checkout) : undefined
      const evidence: Evidence = {
        ...required,
        tree: request.tree,
        environment,
        outcome: outcome.outcome,
        ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
        outputDigest: outcome.outputDigest,
        ...(setup === undefined ? {} : { setup }),
        at: surroundings.clock.now().toISOString(),
      }
      const phase = request.place.phase ?? ''
      await record(context, { type: 'evidence.recorded', run: run.id, phase, evidence })
      announce(context, request.place, required, { ...outcome, recorded: false })
      reports.push({
        ...required,
        evidence,
        flaky,
        output: outcome.output,
        ...(outcome.environmentFault === undefined ? {} : { environmentFault: outcome.environmentFault }),
      })
    }
  } finally {
    await checkout?.release()
  }
  return { tree: request.tree, reports, failed: reports.filter((report) => report.evidence.outcome !== 'passed') }
}

/** The checkout without anything that a command left in it, or another one where that cannot be had. */
async function cleanCheckout(
  context: ProvingContext,
  request: ProofRequest,
  checkout: Checkout | undefined,
): Promise<Checkout> {
  const open = () => openCheckout(context, 'gate', request.place.phase ?? 'final', request.commit)
  if (checkout === undefined) return open()
  const setup = checkout.setup
  if ((await checkout.renew()) && checkout.setup === setup) return checkout
  await checkout.release()
  return open()
}

function announce(
  { surroundings }: Pick<RunContext, 'surroundings'>,
  place: StepPlace,
  { gate, rule }: RequiredGate,
  found: { readonly outcome: Evidence['outcome']; readonly recorded: boolean; readonly durationMs: number },
): void {
  const { outcome, recorded, durationMs } = found
  surroundings.report({ type: 'gate', place, gate, rule, outcome, recorded, durationMs })
}
