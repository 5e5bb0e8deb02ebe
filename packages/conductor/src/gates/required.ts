import { ancestorsOf, type Phase, type Plan } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import { type CriterionRule, criterionGates } from './criteria.ts'

/** Marks of unfinished work that code may not hold unless the phase allows them. */
export const placeholderMarks = ['TODO', 'FIXME', 'XXX', 'HACK', 'not implemented'] as const

export interface GateSet {
  readonly gates: readonly RequiredGate[]
  /** Criteria that no machine checks: reported, never counted as passed. */
  readonly unverified: readonly string[]
}

/** The gates of the `test` step: the phase's own test commands. */
export function testGates(phase: Phase): readonly RequiredGate[] {
  return phase.testCommands.map(({ command }) => ({ gate: 'test', rule: command }))
}

/** What the final tree has to hold: every phase's tests, files and typed criteria. */
export function finalGates(plan: Plan): readonly RequiredGate[] {
  const all = plan.phases.flatMap((phase) => phaseGates(plan, phase, undefined).gates)
  return [
    ...new Map(all.map((gate) => [`${gate.gate === 'test' ? 'regression' : gate.gate} ${gate.rule}`, gate])).values(),
  ]
}

/** The gates of all phases a tree is built from; what a join or the final tree has to hold. */
export function regressionGates(phases: readonly Phase[]): readonly RequiredGate[] {
  const commands = new Set(phases.flatMap((phase) => phase.testCommands.map(({ command }) => command)))
  return [...commands].map((rule) => ({ gate: 'regression', rule }))
}

/**
 * All that must hold on one tree before the phase is complete. `baseTree` is where the phase started; undefined for a
 * phase that the base holds already, which adds no lines of its own.
 */
export function phaseGates(plan: Plan, phase: Phase, baseTree: string | undefined): GateSet {
  const own = testGates(phase)
  const ownCommands = new Set(own.map(({ rule }) => rule))
  const earlier = regressionGates(ancestorsOf(plan, phase.id)).filter(({ rule }) => !ownCommands.has(rule))
  const criteria = criterionGates(phase)
  const marks = placeholderMarks.filter((mark) => !phase.allow.includes(mark))
  return {
    gates: [
      ...own,
      ...earlier,
      ...phase.files.map((path): RequiredGate => ({ gate: 'files', rule: path })),
      ...(baseTree === undefined ? [] : [{ gate: 'placeholders', rule: placeholderRule(marks, baseTree) } as const]),
      ...criteria.gates,
      { gate: 'criterion', rule: JSON.stringify({ kind: 'built', slice: phase.digest } satisfies CriterionRule) },
    ],
    unverified: criteria.unverified,
  }
}

function placeholderRule(marks: readonly string[], baseTree: string): string {
  return `no ${marks.join(', ')} in lines added since ${baseTree}`
}

/** Reads a placeholder rule back. Throws on any other text: rules are only made here. */
export function parsePlaceholderRule(rule: string): { readonly marks: readonly string[]; readonly baseTree: string } {
  const match = /^no (.*) in lines added since ([0-9a-f]+)$/.exec(rule)
  if (!match?.[2]) throw new Error(`not a placeholder rule: ${rule}`)
  return { marks: (match[1] ?? '').split(', ').filter(Boolean), baseTree: match[2] }
}
