import type { GateKind } from '../gate-kind.ts'

/** The phase's own test commands. */
export const test: GateKind = {
  name: 'test',
  version: 2,
  required: ({ phase }) => phase.testCommands.map(({ command }) => ({ rule: command })),
  check: ({ rule }) => ({ kind: 'command', command: rule }),
  describe: (rule) => rule,
}
