import { ancestorsOf, type Phase } from '@nx-conduct/spec'
import type { GateKind, GateRule } from '../gate-kind.ts'
import { test } from './test.ts'

/** The test commands of all phases that the phase is based on. They share their evidence with the gate `test`. */
export const regression: GateKind = {
  ...test,
  name: 'regression',
  required({ plan, phase }) {
    const own = new Set(phase.testCommands.map(({ command }) => command))
    return testRules(ancestorsOf(plan, phase.id)).filter(({ rule }) => !own.has(rule))
  },
}

/** Each test command of the phases once. */
export function testRules(phases: readonly Phase[]): readonly GateRule[] {
  const commands = new Set(phases.flatMap((phase) => phase.testCommands.map(({ command }) => command)))
  return [...commands].map((rule) => ({ rule }))
}
