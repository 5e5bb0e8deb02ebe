import type { Plan, ProjectGate } from '@nx-conduct/spec'
import type { GateKind, GateRule } from '../gate-kind.ts'
import { typedRule } from '../typed-rule.ts'

/** What evidence names: when a gate is due is no part of what it proves. */
type ProjectRule = Pick<ProjectGate, 'name' | 'command'>

const rules = typedRule<ProjectRule>()

/** The project's own commands, from the setting `gates`. */
export const project: GateKind = {
  name: 'project',
  version: 1,
  required: ({ plan }) => rulesOf(plan.settings.gates.filter(({ when }) => when === 'each')),
  check: ({ rule }) => ({ kind: 'command', command: rules.parse(rule).command }),
  describe(rule) {
    const { name, command } = rules.parse(rule)
    return `${name}: ${command}`
  },
}

/** Those that are due at the end of a run. */
export function finalProjectRules({ settings }: Plan): readonly GateRule[] {
  return rulesOf(settings.gates)
}

function rulesOf(gates: readonly ProjectGate[]): readonly GateRule[] {
  return gates.map(({ name, command }) => ({ rule: rules.text({ name, command }) }))
}
