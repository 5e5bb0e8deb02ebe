import type { Oid } from '@nx-conduct/git'
import type { Phase, Plan } from '@nx-conduct/spec'
import { evidenceKey, type RequiredGate, type RunState } from '@nx-conduct/store'
import type { GateKind, GateRule, PhaseToProve } from './gate-kind.ts'
import { finalProjectRules, project } from './kinds/project.ts'
import { regression, testRules } from './kinds/regression.ts'
import { audit, finalReviewRules, review } from './kinds/review.ts'
import { test } from './kinds/test.ts'
import { testCount } from './kinds/test-count.ts'
import { gateKinds } from './registry.ts'

/** The gates of the `test` step: the phase's own test commands, and that they run tests. */
export function testGates(plan: Plan, phase: Phase): readonly RequiredGate[] {
  return [test, testCount].flatMap((kind) => gatesOf(kind, { plan, phase, base: undefined }))
}

/**
 * All that must hold on one tree before the phase is complete. `base` is the tree where the phase started; undefined for a
 * phase that the base holds already.
 */
export function phaseGates(plan: Plan, phase: Phase, base: Oid | undefined): readonly RequiredGate[] {
  return gateKinds.flatMap((kind) => gatesOf(kind, { plan, phase, base }))
}

/** The tests of all phases that a tree is built from; what a join has to pass. */
export function regressionGates(phases: readonly Phase[]): readonly RequiredGate[] {
  return testRules(phases).map((rule) => required(regression, rule))
}

/**
 * What the final tree has to pass: every phase's gates that concern one tree alone, and the project's for the end. With `base`, the tree
 * that the run started from, also what agents judge of the whole change.
 */
export function finalGates(plan: Plan, base?: Oid): readonly RequiredGate[] {
  const ofPhases = plan.phases.flatMap((phase) => phaseGates(plan, phase, undefined))
  const judged =
    base === undefined
      ? []
      : [
          ...finalReviewRules(plan, 'review', base).map((rule) => required(review, rule)),
          ...finalReviewRules(plan, 'audit', base).map((rule) => required(audit, rule)),
        ]
  const all = [...ofPhases, ...finalProjectRules(plan).map((rule) => required(project, rule)), ...judged]
  const keyOf = (gate: RequiredGate) => evidenceKey({ ...gate, tree: '', environment: '' })
  return [...new Map(all.map((gate) => [keyOf(gate), gate])).values()]
}

/** Whether the log has passing evidence for every gate on a tree. */
export function areProven(
  { evidence }: Pick<RunState, 'evidence'>,
  gates: readonly RequiredGate[],
  tree: Oid,
  environment: string,
): boolean {
  return gates.every((gate) => evidence[evidenceKey({ ...gate, tree, environment })]?.outcome === 'passed')
}

function gatesOf(kind: GateKind, of: PhaseToProve): readonly RequiredGate[] {
  return kind.required(of).map((rule) => required(kind, rule))
}

function required({ name, version }: GateKind, { rule, base }: GateRule): RequiredGate {
  return { gate: name, version, rule, ...(base === undefined ? {} : { base }) }
}
