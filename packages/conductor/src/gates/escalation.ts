import type { Oid } from '@nx-conduct/git'
import type { Phase } from '@nx-conduct/spec'
import type { Gate } from '@nx-conduct/store'
import { checkOut } from '../checkouts/checkout.ts'
import type { Conduct } from '../run/conduct.ts'
import { record } from '../step/record.ts'
import type { StepPlace } from '../views/progress.ts'
import { describeRule } from './criteria.ts'
import type { GateReport } from './prove.ts'

/** One round of a fixing agent. */
export interface Attempt {
  readonly round: number
  readonly gate: Gate
  readonly rule: string
  /** Bought in an earlier run and used again. */
  readonly known: boolean
  readonly said: string
  readonly treeBefore: Oid
}

/** A phase that cannot go on without a person: what failed, the proof of it, what was tried, and how to go on. */
export interface Escalation {
  readonly phase: string
  readonly title: string
  readonly what: string
  readonly gate?: Gate
  readonly rule?: string
  readonly tree: Oid
  readonly exitCode?: number
  readonly outputDigest?: string
  readonly environment: string
  /** Tail of what the gate printed, bounded. */
  readonly output: string
  readonly alsoFailed: readonly string[]
  readonly attempts: readonly Attempt[]
  /** Where the failing tree stands for a person to look at. */
  readonly worktree: string
  readonly next: readonly string[]
}

export type EscalationCause =
  | { readonly kind: 'gate'; readonly report: GateReport; readonly others: readonly GateReport[] }
  | { readonly kind: 'environment'; readonly report: GateReport; readonly fault: string }
  | { readonly kind: 'setup'; readonly command: string; readonly output: string }
  | { readonly kind: 'agent'; readonly report: GateReport; readonly message: string; readonly hint: string }

/** Keeps the failing tree in a worktree, records the escalation, and returns it. */
export async function escalate(
  conduct: Conduct,
  { phase }: { readonly place: StepPlace; readonly phase: Phase },
  found: {
    readonly commit: Oid
    readonly tree: Oid
    readonly attempts: readonly Attempt[]
    readonly cause: EscalationCause
  },
): Promise<Escalation> {
  const checkout = await checkOut(conduct, `${phase.slug}-failed`, found.commit)
  const { cause } = found
  const report = 'report' in cause ? cause.report : undefined
  const again = `npx nx run ${conduct.plan.name}:conduct`
  const look = `cd ${checkout.directory}${report && report.gate !== 'files' && report.gate !== 'placeholders' && report.gate !== 'criterion' ? ` && ${report.rule}` : ''}`
  const escalation: Escalation = {
    phase: phase.id,
    title: phase.title,
    what: whatFailed(cause),
    ...(report ? { gate: report.gate, rule: report.rule } : {}),
    tree: found.tree,
    ...(report?.evidence.exitCode === undefined ? {} : { exitCode: report.evidence.exitCode }),
    ...(report?.evidence.outputDigest === undefined ? {} : { outputDigest: report.evidence.outputDigest }),
    environment: conduct.environment.digest,
    output: tail('output' in cause ? cause.output : (report?.output ?? ''), 4_000),
    alsoFailed:
      cause.kind === 'gate'
        ? cause.others.map((other) => `${other.gate}: ${describeRule(other.gate, other.rule)}`)
        : [],
    attempts: found.attempts,
    worktree: checkout.directory,
    next: nextCommands(cause, look, again),
  }
  await record(conduct, {
    type: 'phase.escalated',
    run: conduct.run.id,
    phase: phase.id,
    escalation: { ...escalation },
  })
  return escalation
}

function whatFailed(cause: EscalationCause): string {
  switch (cause.kind) {
    case 'gate':
      return `the gate ${cause.report.gate} stayed red: ${describeRule(cause.report.gate, cause.report.rule)}`
    case 'environment':
      return `${cause.fault} (needed by ${describeRule(cause.report.gate, cause.report.rule)})`
    case 'setup':
      return `the setup command failed: ${cause.command}`
    case 'agent':
      return `the gate ${cause.report.gate} is red and the fix-executor could not work: ${cause.message}`
    default:
      return cause satisfies never
  }
}

function nextCommands(cause: EscalationCause, look: string, again: string): readonly string[] {
  switch (cause.kind) {
    case 'gate':
      return [
        `${look}    # see it fail`,
        `raise \`rounds:\` in the spec's front matter to buy further fixes, or sharpen the phase's tasks and gotchas; then: ${again}`,
      ]
    case 'environment':
      return [`install what is missing, then: ${again}`]
    case 'setup':
      return [`${look}    # run the setup command there`, `mend it, then: ${again}`]
    case 'agent':
      return [cause.hint, `then: ${again}`]
    default:
      return cause satisfies never
  }
}

/** The last `limit` characters, cut at a line's start. */
export function tail(text: string, limit: number): string {
  if (text.length <= limit) return text
  const cut = text.slice(-limit)
  return `[… ${text.length - limit} characters before]\n${cut.slice(cut.indexOf('\n') + 1)}`
}
