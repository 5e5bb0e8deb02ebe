import type { Event, Evidence, Lease, RunState, StepRecord } from '@nx-conduct/store'
import { describeRule } from '../gates/criteria.ts'
import type { Escalation } from '../gates/escalation.ts'
import type { Conduct } from '../run/conduct.ts'
import { type RunSummary, summarise } from './summary.ts'

export interface RunStatus {
  readonly summary: RunSummary
  readonly phases: readonly PhaseDetails[]
  /** Steps that a process holds now. */
  readonly held: readonly { readonly step: string; readonly lease: Lease }[]
  /** The newest events, oldest first. */
  readonly events: readonly Event[]
  readonly escalations: readonly Escalation[]
  /** The command to go on with. */
  readonly next: string
}

export interface PhaseDetails {
  readonly id: string
  readonly steps: readonly Pick<StepRecord, 'step' | 'module' | 'status' | 'source' | 'durationMs'>[]
  /** What was checked on the tree that was accepted, or on any tree of the phase while it goes on. */
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
export async function readStatus(conduct: Conduct): Promise<RunStatus | undefined> {
  const state = await conduct.log.state()
  const id = state.runs[conduct.run.id] ? conduct.run.id : state.currentRun
  const run = id === undefined ? undefined : state.runs[id]
  if (id === undefined || !run) return undefined
  const events: Event[] = []
  for await (const event of conduct.log.events(Math.max(0, state.seq - newestEvents))) events.push(event)
  const name = conduct.plan.name
  return {
    summary: summarise(conduct.plan, state, id),
    phases: conduct.plan.phases.map((phase) => ({
      id: phase.id,
      steps: Object.values(state.steps)
        .filter((step) => step.run === id && step.phase === phase.id)
        .map(({ step, module, status, source, durationMs }) => ({
          step,
          status,
          ...(module === undefined ? {} : { module }),
          ...(source === undefined ? {} : { source }),
          ...(durationMs === undefined ? {} : { durationMs }),
        })),
      gates: gatesOf(state, run.complete[phase.id]),
    })),
    held: (await conduct.log.leases()).map((lease) => ({ step: nameOf(state, lease.key), lease })),
    events,
    escalations: Object.values(run.escalated).map(({ escalation }) => escalation as unknown as Escalation),
    next: run.status === 'finalized' ? `npx nx run ${name}:plan` : `npx nx run ${name}:conduct`,
  }
}

function gatesOf(
  state: RunState,
  complete: RunState['runs'][string]['complete'][string] | undefined,
): PhaseDetails['gates'] {
  if (!complete) return []
  const evidence = Object.values(state.evidence).filter(
    ({ tree, environment }) => tree === complete.tree && environment === complete.environment,
  )
  return complete.gates.map(({ gate, rule }) => {
    const found = evidence.find((each) => each.rule === rule)
    return {
      gate,
      rule: describeRule(gate, rule),
      outcome: found?.outcome ?? 'unverified',
      tree: complete.tree,
      at: found?.at ?? '',
    }
  })
}

function nameOf(state: RunState, key: string): string {
  const step = state.steps[key]
  return step
    ? `phase ${step.phase} ${step.step}${step.module === undefined ? '' : ` ${step.module}`}`
    : key.slice(0, 12)
}
