import { type Oid, worktreeTraces } from '@nx-conduct/git'
import { type Evidence, evidenceKey, type RequiredGate } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import { setUp } from '../checkouts/setup.ts'
import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import { gateKind } from './registry.ts'
import { type CheckOutcome, readTree, runGateCommand } from './run-check.ts'

/** What proving takes of a run. */
export type ProvingContext = Omit<RunContext, 'agents' | 'close'>

export interface GateReport extends RequiredGate {
  readonly evidence: Evidence
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  readonly output: string
  readonly environmentFault?: string
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
  const { log, commands, run, surroundings } = context
  const { evidence: recorded } = await log.state()
  const environment = commands.environment.digest
  const reports: GateReport[] = []
  let at: CleanCheckout | undefined
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
        at = await cleanCheckout(context, request, at)
        outcome = await runGateCommand(context, at.checkout, check.command)
        if (outcome.outcome === 'failed' && outcome.environmentFault === undefined) {
          // An agent costs more than a second run of a test.
          at = await cleanCheckout(context, request, at)
          const again = await runGateCommand(context, at.checkout, check.command)
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
      const evidence: Evidence = {
        ...required,
        tree: request.tree,
        environment,
        outcome: outcome.outcome,
        ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
        outputDigest: outcome.outputDigest,
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
    await at?.checkout.remove()
  }
  return { tree: request.tree, reports, failed: reports.filter((report) => report.evidence.outcome !== 'passed') }
}

interface CleanCheckout {
  readonly checkout: Checkout
  /** What it held before the first command. */
  readonly traces: string
}

/** A checkout in which no command has left a trace: the one at hand if it is clean, else a new one. */
async function cleanCheckout(
  context: ProvingContext,
  request: ProofRequest,
  at: CleanCheckout | undefined,
): Promise<CleanCheckout> {
  if (at !== undefined && (await tracesIn(context, at.checkout).catch(() => undefined)) === at.traces) return at
  await at?.checkout.remove()
  const checkout = await context.checkouts.create(`check-${request.place.phase ?? 'final'}`, request.commit)
  try {
    await setUp(context, checkout)
    return { checkout, traces: await tracesIn(context, checkout) }
  } catch (error) {
    await checkout.remove()
    throw error
  }
}

function tracesIn({ workspace }: Pick<RunContext, 'workspace'>, { top, commit }: Checkout): Promise<string> {
  return worktreeTraces(workspace.repository, { path: top, commit })
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
