import type { Oid } from '@nx-conduct/git'
import { type Evidence, evidenceKey, type RequiredGate } from '@nx-conduct/store'
import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import type { EnvironmentFault } from './environment-fault.ts'
import { type Found, GateCommands } from './gate-commands.ts'
import type { Check, EvidenceOf } from './gate-kind.ts'
import type { ProofRequest, ProvingContext } from './proof-request.ts'
import { describeRule, gateKind } from './registry.ts'
import { type CheckOutcome, judge } from './run-check.ts'

export interface GateReport extends RequiredGate {
  readonly evidence: Evidence
  /** Passed only when run a second time on the same tree. */
  readonly flaky: boolean
  readonly output: string
  /** The command that failed, where the rule is none. */
  readonly command?: string
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
      const found =
        check.kind === 'command'
          ? await runner.run(check)
          : check.kind === 'derived'
            ? await runner.runEach(check)
            : await judge(context, check, tree, evidenceOf)
      // What cannot be judged leaves no evidence: the gate that it is about failed.
      if (found === undefined) continue
      reports.set(required, await recordFound(context, request, required, found))
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

const costs: Readonly<Record<Check['kind'], number>> = { tree: 0, command: 1, derived: 1, evidence: 2, agent: 3 }

/** What reads the tree, then what runs commands, then what reads what these came to. */
function cheapFirst(gates: readonly RequiredGate[]): readonly { required: RequiredGate; check: Check }[] {
  return gates
    .map((required) => ({ required, check: gateKind(required.gate).check(required) }))
    .toSorted((one, other) => costs[one.check.kind] - costs[other.check.kind])
}

async function recordFound(
  context: ProvingContext,
  { tree, place }: ProofRequest,
  required: RequiredGate,
  found: CheckOutcome & Partial<Found>,
): Promise<GateReport> {
  const { commands, run, surroundings } = context
  const { flaky = false, exitCode, tests, setup, output, command, environmentFault, timedOutMs } = found
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
    ...(command === undefined ? {} : { command }),
    ...(environmentFault === undefined ? {} : { environmentFault }),
    ...(timedOutMs === undefined ? {} : { timedOutMs }),
  }
}

function announce(
  { surroundings }: Pick<RunContext, 'surroundings'>,
  place: StepPlace,
  { gate, rule }: RequiredGate,
  found: Pick<Found, 'outcome' | 'durationMs' | 'ran'> & { readonly recorded: boolean },
): void {
  const { outcome, recorded, durationMs, ran = [] } = found
  const more = ran.length === 0 ? {} : { ran }
  surroundings.report({ type: 'gate', place, gate, rule, outcome, recorded, durationMs, ...more })
}
