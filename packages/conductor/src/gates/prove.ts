import type { Oid } from '@nx-conduct/git'
import { type Evidence, evidenceKey, type RequiredGate } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import { openCheckout } from '../checkouts/setup.ts'
import { notInstalled } from '../dependencies/not-installed.ts'
import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import type { Check, EvidenceOf } from './gate-kind.ts'
import { describeRule, gateKind } from './registry.ts'
import { type CheckOutcome, type EnvironmentFault, judge, runGateCommand } from './run-check.ts'

/** What proving takes of a run. */
export type ProvingContext = Omit<RunContext, 'agents' | 'close'>

export interface GateReport extends RequiredGate {
  readonly evidence: Evidence
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  readonly output: string
  readonly environmentFault?: EnvironmentFault
  /** Zero where the log had the evidence. */
  readonly durationMs: number
  /** It did not end within this time. */
  readonly timedOutMs?: number
}

/** Whether every gate passed on a tree. Gates after a failed one are still checked: a fixing agent gets the whole picture. */
export interface Proof {
  readonly tree: Oid
  readonly reports: readonly GateReport[]
  readonly failed: readonly GateReport[]
  /** Gates that an agent has to judge and has not yet: neither passed nor failed. */
  readonly unjudged: readonly RequiredGate[]
}

export interface ProofRequest {
  readonly place: StepPlace
  readonly gates: readonly RequiredGate[]
  readonly tree: Oid
  /** A commit that carries `tree`. */
  readonly commit: Oid
  /** Check again although the log has evidence for this tree. What agents judged stays. */
  readonly afresh?: boolean
}

/**
 * Checks gates on a tree, each on a clean checkout of exactly that tree; the cheap ones first. Evidence that the log has for a gate on the
 * tree in this environment counts; only a pass does, a failure is checked again. Every outcome is recorded. No agent runs.
 */
export async function prove(context: ProvingContext, request: ProofRequest): Promise<Proof> {
  const { log, commands } = context
  const { tree } = request
  const environment = commands.environment.digest
  const { evidence: recorded } = await log.state()
  const reports = new Map<RequiredGate, GateReport>()
  const evidenceOf: EvidenceOf = (gate, on) => {
    const key = evidenceKey({ ...gate, tree: on, environment })
    if (on !== tree) return recorded[key]
    const report = [...reports.values()].find(({ evidence }) => evidenceKey(evidence) === key)
    return report?.evidence ?? recorded[key]
  }
  const unjudged: RequiredGate[] = []
  const runner = new GateCommands(context, request)
  try {
    for (const { required, check } of cheapFirst(request.gates)) {
      const earlier = recorded[evidenceKey({ ...required, tree, environment })]
      if (earlier?.outcome === 'passed' && (check.kind === 'agent' || !request.afresh)) {
        reports.set(required, { ...required, evidence: earlier, flaky: false, output: '', durationMs: 0 })
        announce(context, request.place, required, { outcome: 'passed', recorded: true, durationMs: 0 })
        continue
      }
      if (check.kind === 'agent') {
        unjudged.push(required)
        continue
      }
      const found = check.kind === 'command' ? await runner.run(check) : await judge(context, check, tree, evidenceOf)
      // What cannot be judged leaves no evidence: the gate that it is about failed.
      if (found === undefined) continue
      reports.set(required, await recordFound(context, request, required, { flaky: false, ...found }))
    }
  } finally {
    await runner.close()
  }
  const inOrder = request.gates.flatMap((gate) => reports.get(gate) ?? [])
  return { tree, reports: inOrder, failed: inOrder.filter(isFailed), unjudged }
}

export function isFailed({ evidence }: GateReport): boolean {
  return evidence.outcome !== 'passed'
}

const costs: Readonly<Record<Check['kind'], number>> = { tree: 0, command: 1, evidence: 2, agent: 3 }

/** What reads the tree, then what runs commands, then what reads what these came to. */
function cheapFirst(gates: readonly RequiredGate[]): readonly { required: RequiredGate; check: Check }[] {
  return gates
    .map((required) => ({ required, check: gateKind(required.gate).check(required) }))
    .toSorted((one, other) => costs[one.check.kind] - costs[other.check.kind])
}

interface Found extends CheckOutcome {
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  /** Digest of what setup had made in the checkout. */
  readonly setup?: string
}

async function recordFound(
  context: ProvingContext,
  { tree, place }: ProofRequest,
  required: RequiredGate,
  found: Found,
): Promise<GateReport> {
  const { commands, run, surroundings } = context
  const { flaky, exitCode, tests, setup, output, environmentFault, timedOutMs } = found
  if (flaky) {
    surroundings.report({
      type: 'notice',
      severity: 'warning',
      code: 'flaky-gate',
      message: `${required.gate} ${describeRule(required.gate, required.rule)} failed and then passed on the same tree ${tree.slice(0, 7)}: it is flaky`,
    })
  }
  const evidence: Evidence = {
    ...required,
    tree,
    environment: commands.environment.digest,
    outcome: found.outcome,
    ...(exitCode === undefined ? {} : { exitCode }),
    outputDigest: found.outputDigest,
    ...(tests === undefined ? {} : { tests }),
    ...(setup === undefined ? {} : { setup }),
    at: surroundings.clock.now().toISOString(),
  }
  await record(context, { type: 'evidence.recorded', run: run.id, phase: place.phase ?? '', evidence })
  announce(context, place, required, { ...found, recorded: false })
  return {
    ...required,
    evidence,
    flaky,
    output,
    durationMs: found.durationMs,
    ...(environmentFault === undefined ? {} : { environmentFault }),
    ...(timedOutMs === undefined ? {} : { timedOutMs }),
  }
}

type CommandCheck = Extract<Check, { readonly kind: 'command' }>

/** Runs gates' commands one after the other, each in a checkout that nothing has touched. */
class GateCommands {
  readonly #context: ProvingContext
  readonly #request: ProofRequest
  #checkout: Checkout | undefined

  constructor(context: ProvingContext, request: ProofRequest) {
    this.#context = context
    this.#request = request
  }

  /**
   * Runs a command, a second time where it fails for no fault of the machine: an agent costs more than a second run of a test. One that does
   * not end is not run again: that would cost its whole time once more.
   */
  async run(check: CommandCheck): Promise<Found> {
    const first = await this.#diagnosed(await this.#once(check), check.command)
    const mayBeFlaky =
      first.outcome === 'failed' && first.environmentFault === undefined && first.timedOutMs === undefined
    const again = mayBeFlaky ? await this.#once(check) : first
    const flaky = mayBeFlaky && again.outcome === 'passed'
    const setup = this.#checkout && this.#context.checkouts.layers.digestIn(this.#checkout)
    return { ...(flaky ? again : first), flaky, ...(setup === undefined ? {} : { setup }) }
  }

  async #once({ command, judge }: CommandCheck): Promise<CheckOutcome> {
    const checkout = await this.#clean()
    const outcome = await runGateCommand(this.#context, checkout, command)
    const { exitCode, ...rest } = outcome
    if (judge === undefined || outcome.outcome === 'passed' || exitCode === undefined) return outcome
    const failed = { exitCode, output: outcome.output, folder: checkout.directory }
    const why = await judge(this.#context.workspace, this.#request.tree, failed)
    return why === undefined ? { ...rest, outcome: 'passed' } : { ...outcome, output: why }
  }

  async #diagnosed(outcome: CheckOutcome, command: string): Promise<CheckOutcome> {
    if (outcome.outcome === 'passed' || this.#checkout === undefined) return outcome
    const failed = { command, output: outcome.output }
    const environmentFault = await notInstalled(this.#context, this.#request.tree, this.#checkout, failed)
    return environmentFault === undefined ? outcome : { ...outcome, environmentFault }
  }

  /** The checkout without anything that a command left in it, or another one where that cannot be had. */
  async #clean(): Promise<Checkout> {
    const { place, commit } = this.#request
    const earlier = this.#checkout
    if (earlier !== undefined) {
      const setup = earlier.setup
      if ((await earlier.renew()) && earlier.setup === setup) return earlier
      await earlier.release()
    }
    this.#checkout = await openCheckout(this.#context, 'gate', place.phase ?? 'final', commit)
    return this.#checkout
  }

  async close(): Promise<void> {
    await this.#checkout?.release()
  }
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
