import type { GateKind } from './gate-kind.ts'
import { criterion } from './kinds/criterion.ts'
import { files } from './kinds/files.ts'
import { generated } from './kinds/generated.ts'
import { imports } from './kinds/imports.ts'
import { lint } from './kinds/lint.ts'
import { placeholders } from './kinds/placeholders.ts'
import { project } from './kinds/project.ts'
import { regression } from './kinds/regression.ts'
import { audit, review } from './kinds/review.ts'
import { test } from './kinds/test.ts'
import { testCount } from './kinds/test-count.ts'
import { ForeignRule } from './typed-rule.ts'

/** Every kind of gate, in the order in which a person is told of them. */
export const gateKinds: readonly GateKind[] = [
  test,
  testCount,
  regression,
  files,
  generated,
  imports,
  placeholders,
  criterion,
  lint,
  project,
  review,
  audit,
]

/** The kind of a gate. Throws for a name that no kind has. */
export function gateKind(name: string): GateKind {
  const kind = gateKinds.find((each) => each.name === name)
  if (kind) return kind
  throw new Error(`there is no gate ${name}`)
}

/** A gate's rule as a person reads it; as it is, if its kind is gone or wrote it otherwise once: logs outlive versions. */
export function describeRule(gate: string, rule: string): string {
  return read(gate, (kind) => kind.describe(rule)) ?? rule
}

/** Whether a gate runs a command: then its outcome is news for whoever watches. */
export function runsCommand(gate: string, rule: string): boolean {
  return read(gate, (kind) => kind.check({ gate, version: kind.version, rule }).kind) === 'command'
}

function read<T>(gate: string, ask: (kind: GateKind) => T): T | undefined {
  const kind = gateKinds.find(({ name }) => name === gate)
  try {
    return kind && ask(kind)
  } catch (error) {
    if (error instanceof ForeignRule) return undefined
    throw error
  }
}
