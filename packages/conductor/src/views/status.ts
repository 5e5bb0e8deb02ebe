import {
  type Escalation,
  type Event,
  type Evidence,
  evidenceKey,
  type Lease,
  type RunRecord,
  type RunState,
  type StepRecord,
} from '@nx-conduct/store'
import { describeRule } from '../gates/registry.ts'
import type { RunContext } from '../run/context.ts'
import type { Landing } from '../run/finish-run.ts'
import { readLastLanding } from './last-landing.ts'
import { type RunSummary, stepsOf, summarise } from './summary.ts'

export interface RunStatus {
  readonly summary: RunSummary
  readonly phases: readonly PhaseDetails[]
  /** Steps that a process holds now. */
  readonly held: readonly { readonly step: string; readonly lease: Lease }[]
  /** The newest events, oldest first. */
  readonly events: readonly Event[]
  readonly escalations: readonly Escalation[]
  /** Steps that failed for another reason than their gates. */
  readonly failures: readonly FailedStep[]
  /** The result, where it is on a branch of its own and HEAD does not have it yet. */
  readonly kept?: KeptResult
  /** The command to go on with. */
  readonly next: string
}

export interface FailedStep {
  readonly phase: string
  readonly step: StepRecord['step']
  readonly module?: string
  readonly message: string
  readonly hint?: string
}

export interface PhaseDetails {
  readonly id: string
  readonly steps: readonly Pick<StepRecord, 'step' | 'module' | 'status' | 'source' | 'durationMs'>[]
  /** The gates of the tree that was accepted. */
  readonly gates: readonly {
    readonly gate: string
    readonly rule: string
    readonly outcome: Evidence['outcome']
    readonly tree: string
    readonly at: string
  }[]
}

const newestEvents = 8

/** The run that starts from HEAD, or else the last one, as the log tells it. Undefined when there was none. */
export async function readStatus(
  context: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace'>,
): Promise<RunStatus | undefined> {
  const { plan, run: own, log } = context
  const state = await log.state()
  const id = state.runs[own.id] ? own.id : state.currentRun
  const run = id === undefined ? undefined : state.runs[id]
  if (id === undefined || !run) return undefined
  const events: Event[] = []
  for await (const event of log.events(Math.max(0, state.seq - newestEvents))) events.push(event)
  const name = plan.name
  const kept = await keptResult(context, id)
  return {
    summary: summarise(plan, state, id),
    phases: plan.phases.map((phase) => ({
      id: phase.id,
      steps: stepsOf(state, run)
        .filter((step) => step.phase === phase.id)
        .map(({ step, module, status, source, durationMs }) => ({
          step,
          status,
          ...(module === undefined ? {} : { module }),
          ...(source === undefined ? {} : { source }),
          ...(durationMs === undefined ? {} : { durationMs }),
        })),
      gates: gatesOf(state, run.complete[phase.id]),
    })),
    held: (await log.leases()).map((lease) => ({ step: nameOf(state, lease.key), lease })),
    events,
    escalations: Object.values(run.escalated).map(({ escalation }) => escalation),
    failures: failuresOf(state, run),
    ...(kept === undefined ? {} : { kept }),
    next:
      kept !== undefined
        ? kept.command
        : run.status === 'finalized'
          ? `npx nx run ${name}:plan`
          : `npx nx run ${name}:conduct`,
  }
}

type KeptResult = Extract<Landing, { kind: 'kept' }>

async function keptResult(
  context: Pick<RunContext, 'plan' | 'run' | 'log' | 'workspace'>,
  id: string,
): Promise<KeptResult | undefined> {
  const last = await readLastLanding(context)
  if (last?.run !== id || last.landing.kind !== 'kept') return undefined
  const { run, workspace } = context
  return (await workspace.objects.isAncestor(last.landing.commit, run.base.commit)) ? undefined : last.landing
}

/** The newest attempt of each step, where it failed. Escalations and approvals have words of their own. */
function failuresOf(state: RunState, run: RunRecord): readonly FailedStep[] {
  const newest = new Map<string, StepRecord>()
  for (const record of stepsOf(state, run)) {
    const name = JSON.stringify([record.phase, record.step, record.module])
    const other = newest.get(name)
    if (other === undefined || other.startedAt <= record.startedAt) newest.set(name, record)
  }
  return [...newest.values()].flatMap(({ phase, step, module, status, failure }): readonly FailedStep[] => {
    if (status !== 'failed' || failure === undefined) return []
    if (failure.reason === 'escalated' || failure.reason === 'waiting') return []
    const { message, hint } = failure
    return [
      {
        phase,
        step,
        message,
        ...(module === undefined ? {} : { module }),
        ...(hint === undefined ? {} : { hint }),
      },
    ]
  })
}

function gatesOf(
  state: RunState,
  complete: RunState['runs'][string]['complete'][string] | undefined,
): PhaseDetails['gates'] {
  if (!complete) return []
  const { tree, environment } = complete
  return complete.gates.flatMap((required) => {
    const found = state.evidence[evidenceKey({ ...required, tree, environment })]
    if (!found) return []
    const { gate, rule } = required
    return { gate, rule: describeRule(gate, rule), outcome: found.outcome, tree, at: found.at }
  })
}

function nameOf(state: RunState, key: string): string {
  const step = state.steps[key]
  return step
    ? `phase ${step.phase} ${step.step}${step.module === undefined ? '' : ` ${step.module}`}`
    : key.slice(0, 12)
}
