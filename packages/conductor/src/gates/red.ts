import type { SetupFailed } from '../checkouts/setup.ts'
import type { EscalationCause } from './escalation.ts'
import type { JudgeRole } from './gate-kind.ts'
import type { GateReport } from './prove.ts'
import { describeRule } from './registry.ts'

/** What keeps a tree from being proven. */
export type Red =
  | {
      readonly kind: 'gates'
      readonly worst: GateReport
      readonly others: readonly GateReport[]
      /** Which modules make it red, where that was found. */
      readonly culprits?: string
    }
  /** No gate ran. `isOfChange`: what the tree asks to be installed may be at fault. */
  | { readonly kind: 'setup'; readonly failure: SetupFailed; readonly isOfChange: boolean }
  /** Everything else passes, and an agent that was to judge it gave no verdict. */
  | { readonly kind: 'no-verdict'; readonly role: JudgeRole; readonly message: string; readonly hint: string }
  /** Every gate passes, and a person does not take it. */
  | { readonly kind: 'rejected'; readonly by: string; readonly why: string }

/** What a fixing agent can work on. */
export type FixableRed = Exclude<Red, { kind: 'no-verdict' }>

/** Whether an agent could fix it: it is no fault of the machine. */
export function isFixable(red: Red): red is FixableRed {
  switch (red.kind) {
    case 'rejected':
      return true
    case 'no-verdict':
      return false
    case 'setup':
      return red.isOfChange
    case 'gates':
      return red.worst.environmentFault === undefined
    default:
      return red satisfies never
  }
}

/** The gate that a fixing agent is told of, with everything else that failed. */
export function failureOf(red: FixableRed): { readonly gate: string; readonly rule: string; readonly output: string } {
  if (red.kind === 'setup') {
    const { command, output } = red.failure
    return {
      gate: 'setup',
      rule: command,
      output: `It did not run in your worktree: nothing is installed there.\n$ ${command}\n${output}`,
    }
  }
  if (red.kind === 'rejected') {
    return {
      gate: 'approval',
      rule: 'a person has to approve the phase',
      output: `${red.by} looked at it and does not take it:\n${red.why}`,
    }
  }
  // No agent can do anything for what the machine lacks.
  const others = red.others.filter(({ environmentFault }) => environmentFault === undefined)
  const failed = [red.worst, ...others]
  return {
    gate: red.worst.gate,
    rule: failed.map(({ gate, rule }) => describeRule(gate, rule)).join('\n'),
    output: [
      ...failed.map(({ gate, rule, output }) => `$ ${describeRule(gate, rule)}\n${output}`),
      ...(red.culprits === undefined ? [] : [`As the modules were merged, before any fix: ${red.culprits}.`]),
    ].join('\n\n'),
  }
}

/** The gate and rule of an attempt to fix it. */
export function nameOf(red: FixableRed): { readonly gate: string; readonly rule: string } {
  if (red.kind === 'setup') return { gate: 'setup', rule: red.failure.command }
  if (red.kind === 'rejected') return { gate: 'approval', rule: red.why }
  return { gate: red.worst.gate, rule: red.worst.rule }
}

/** Why a person has to decide. `agent`: the fix-executor could not work. */
export function causeOf(red: Red, agent?: { readonly message: string; readonly hint: string }): EscalationCause {
  if (red.kind === 'setup') {
    const { command, output } = red.failure
    return { kind: 'setup', command, output, ...(agent === undefined ? {} : { agent }) }
  }
  if (red.kind === 'rejected') {
    const { by, why } = red
    return { kind: 'rejected', by, why, agent: agent ?? { message: 'it has no further round', hint: '' } }
  }
  if (red.kind === 'no-verdict') return red
  const { worst: report, others, culprits } = red
  if (report.environmentFault !== undefined) return { kind: 'environment', report, fault: report.environmentFault }
  const found = culprits === undefined ? {} : { culprits }
  return agent === undefined
    ? { kind: 'gate', report, others, ...found }
    : { kind: 'agent', report, ...agent, ...found }
}
