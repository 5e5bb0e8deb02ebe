import type { Oid } from '@nx-conduct/git'
import { type Phase, shellWord } from '@nx-conduct/spec'
import type { Escalation } from '@nx-conduct/store'
import { failedLabel } from '../checkouts/slots.ts'
import { missingIn } from '../dependencies/missing-in.ts'
import type { RunContext } from '../run/context.ts'
import { record } from '../step/record.ts'
import { duration } from '../views/text/figures.ts'
import type { EnvironmentFault } from './environment-fault.ts'
import type { JudgeRole } from './gate-kind.ts'
import type { GateReport } from './prove.ts'
import { describeRule, gateKind } from './registry.ts'

/** One round of a fixing agent. */
export type Attempt = Escalation['attempts'][number]

export type EscalationCause =
  | {
      readonly kind: 'gate'
      readonly report: GateReport
      readonly others: readonly GateReport[]
      readonly culprits?: string
    }
  | { readonly kind: 'environment'; readonly report: GateReport; readonly fault: EnvironmentFault }
  | {
      readonly kind: 'setup'
      readonly command: string
      readonly output: string
      /** Why the fix-executor could not work, where one was to. */
      readonly agent?: { readonly message: string; readonly hint: string }
    }
  | { readonly kind: 'no-verdict'; readonly role: JudgeRole; readonly message: string; readonly hint: string }
  /** A person rejected the phase, and the fix-executor could not work. */
  | {
      readonly kind: 'rejected'
      readonly by: string
      readonly why: string
      readonly agent: { readonly message: string; readonly hint: string }
    }
  | {
      readonly kind: 'agent'
      readonly report: GateReport
      readonly message: string
      readonly hint: string
      readonly culprits?: string
    }

/** Keeps the failing tree in a worktree, records the escalation, and returns it. */
export async function escalate(
  context: Pick<RunContext, 'plan' | 'run' | 'log' | 'commands' | 'checkouts'>,
  phase: Phase,
  found: {
    readonly commit: Oid
    readonly tree: Oid
    readonly attempts: readonly Attempt[]
    readonly cause: EscalationCause
  },
): Promise<Escalation> {
  const { plan, run, commands, checkouts } = context
  const directory = await checkouts.leave(failedLabel(phase.slug), found.commit)
  const { cause } = found
  const report = 'report' in cause ? cause.report : undefined
  const escalation: Escalation = {
    phase: phase.id,
    title: phase.title,
    what: whatFailed(cause),
    ...(report ? { gate: report.gate, rule: report.rule } : {}),
    tree: found.tree,
    ...(report?.evidence.exitCode === undefined ? {} : { exitCode: report.evidence.exitCode }),
    ...(report?.evidence.outputDigest === undefined ? {} : { outputDigest: report.evidence.outputDigest }),
    environment: commands.environment.digest,
    output: tail('output' in cause ? cause.output : (report?.output ?? ''), 4_000),
    alsoFailed:
      cause.kind === 'gate'
        ? cause.others.map((other) => `${other.gate}: ${describeRule(other.gate, other.rule)}`)
        : [],
    attempts: found.attempts,
    worktree: directory,
    next: nextCommands(cause, seeItFail(directory, report), {
      again: `npx nx run ${plan.name}:conduct`,
      handIn: `npx nx run ${plan.name}:hand-in --phase=${phase.id}`,
    }),
  }
  await record(context, { type: 'phase.escalated', run: run.id, phase: phase.id, escalation })
  return escalation
}

/** A command that changes into the failing tree, and fails as the gate did where the gate is a command that a person would type. */
function seeItFail(directory: string, report: GateReport | undefined): string {
  const there = `cd ${shellWord(directory)}`
  if (report === undefined) return there
  if (report.command !== undefined)
    return report.command.length > longestTyped ? there : `${there} && ${report.command}`
  const check = gateKind(report.gate).check(report)
  // A script that was made of a rule is none that a person would type.
  const isTyped = check.kind === 'command' && (check.command === report.rule || !check.command.includes('\n'))
  return isTyped ? `${there} && ${check.command}` : there
}

/** A longer command names many files. */
const longestTyped = 400

function whatFailed(cause: EscalationCause): string {
  switch (cause.kind) {
    case 'gate':
      return `the gate ${cause.report.gate} ${cause.report.timedOutMs === undefined ? 'stayed red' : `did not end within ${duration(cause.report.timedOutMs)}`}: ${describeRule(cause.report.gate, cause.report.rule)}${culpritsIn(cause)}`
    case 'environment':
      return `${cause.fault.what} (needed by ${describeRule(cause.report.gate, cause.report.rule)})`
    case 'setup':
      return `the setup command failed: ${cause.command}${cause.agent ? `, and the fix-executor could not work: ${cause.agent.message}` : ''}`
    case 'rejected':
      return `${cause.by} rejected it (${cause.why}), and the fix-executor could not work: ${cause.agent.message}`
    case 'no-verdict':
      return `the ${cause.role} gave no verdict: ${cause.message}`
    case 'agent':
      return `the gate ${cause.report.gate} is red and the fix-executor could not work: ${cause.message}${culpritsIn(cause)}`
    default:
      return cause satisfies never
  }
}

function culpritsIn({ culprits }: { readonly culprits?: string }): string {
  return culprits === undefined ? '' : ` (as the modules were merged: ${culprits})`
}

function nextCommands(
  cause: EscalationCause,
  look: string,
  { again, handIn }: { readonly again: string; readonly handIn: string },
): readonly string[] {
  switch (cause.kind) {
    case 'gate':
      return [
        ...installLines(cause.report, again),
        ...(cause.report.timedOutMs === undefined
          ? [`${look}    # see it fail`]
          : [`${look}    # see it hang`, 'raise `testTimeout:` in the front matter if it only needs longer']),
        `fix it there, then: ${handIn}`,
        `or raise \`rounds:\` in the spec's front matter for further fixes, or sharpen the phase's tasks and gotchas; then: ${again}`,
      ]
    case 'environment':
      return [cause.fault.next ?? 'install what is missing', `then: ${again}`]
    case 'setup':
      if (cause.agent)
        return cause.agent.hint.includes(again) ? [cause.agent.hint] : [cause.agent.hint, `then: ${again}`]
      return [`${look}    # run the setup command there`, `fix it, then: ${again}`]
    case 'rejected':
      return [cause.agent.hint, `${look}    # what was rejected`, `then: ${again}`].filter(Boolean)
    case 'no-verdict': {
      const setting = cause.role === 'code-reviewer' ? 'review' : 'audit'
      return [
        cause.hint,
        `or write \`${setting}: off\` into the spec's front matter if nobody is to judge it; then: ${again}`,
      ]
    }
    case 'agent':
      return cause.hint.includes(again) ? [cause.hint] : [cause.hint, `then: ${again}`]
    default:
      return cause satisfies never
  }
}

/** A script of the tree asks for a program that the machine does not have. Whether it may, a person knows. */
function installLines({ evidence: { exitCode }, output }: GateReport, again: string): readonly string[] {
  if (exitCode !== notFoundExit) return []
  const programs = missingIn(output).flatMap(({ kind, name }) => (kind === 'program' ? [name] : []))
  const named = [...new Set(programs)].join(', ')
  return named === '' ? [] : [`install ${named}, if this machine is to have it; then: ${again}`]
}

/** The exit code of a shell that does not find a program. */
const notFoundExit = 127

/** The last `limit` characters, cut at a line's start. */
export function tail(text: string, limit: number): string {
  if (text.length <= limit) return text
  const cut = text.slice(-limit)
  return `[… ${text.length - limit} characters before]\n${cut.slice(cut.indexOf('\n') + 1)}`
}
