import type { GateKind } from '../gate-kind.ts'

/** The lint command of the settings. */
export const lint: GateKind = {
  name: 'lint',
  version: 1,
  required: ({ plan }) => (plan.settings.lint === undefined ? [] : [{ rule: plan.settings.lint.command }]),
  check: ({ rule }) => ({ kind: 'command', command: rule }),
  describe: (rule) => rule,
}
