import { type Allowance, type Criterion, digestOf, type Phase, type Plan } from '@nx-conduct/spec'
import { type Json, textOf } from './json.ts'

/** A gate as a plan requires it. Worked out here from the plan alone, not by the conductor's own list. */
export interface Required {
  readonly gate: string
  readonly rule: string
  /** Tree that the gate compares with. */
  readonly base?: string
}

const marks: readonly Allowance[] = ['TODO', 'FIXME', 'XXX', 'HACK', 'not-implemented', 'stub', 'empty-body']

/** What one phase requires of one tree, apart from what it adds to its base. */
export function requiredOf(plan: Plan, phase: Phase): readonly Required[] {
  const own = phase.testCommands.map(({ command }) => command)
  const earlier = before(plan, phase).flatMap(({ testCommands }) => testCommands.map(({ command }) => command))
  return [
    ...own.map((rule) => ({ gate: 'test', rule })),
    ...(phase.allow.includes('no-tests') ? [] : own.map((command) => testCount(command, 'some'))),
    ...[...new Set(earlier)].filter((rule) => !own.includes(rule)).map((rule) => ({ gate: 'regression', rule })),
    ...phase.files.map((rule) => ({ gate: 'files', rule })),
    ...phase.generated.flatMap(({ globs, command }) =>
      ['there', 'equal'].map((holds) => ({ gate: 'generated', rule: JSON.stringify({ globs, command, holds }) })),
    ),
    ...phase.criteria.flatMap((criterion) => {
      const rule = criterionRule(criterion)
      return rule === undefined ? [] : [{ gate: 'criterion', rule: JSON.stringify(rule) }]
    }),
    { gate: 'criterion', rule: JSON.stringify({ kind: 'built', slice: phase.digest }) },
    ...lintOf(plan, 'all'),
    ...plan.settings.gates.filter(({ when }) => when === 'each').map(projectGate),
  ]
}

/** What is required of the final tree alone. */
export function requiredAtTheEnd(plan: Plan): readonly Required[] {
  return plan.settings.gates.map(projectGate)
}

/** What agents judge of the whole change. `base`: the tree that the run started from. */
export function judgedAtTheEnd(plan: Plan, base: string): readonly Required[] {
  const ends = plan.phases.filter(({ id }) => !plan.phases.some(({ dependsOn }) => dependsOn.includes(id))).length
  const of = digestOf(plan.phases.map(({ digest }) => digest))
  return judges.flatMap((gate) => {
    const { when } = plan.settings[gate]
    if (when === 'off' || (when === 'each' && ends < 2)) return []
    return { gate, rule: reviewRule(plan, gate, { scope: 'whole', of, phases: plan.phases }), base }
  })
}

const judges = ['review', 'audit'] as const

function reviewRule(
  { settings }: Plan,
  gate: (typeof judges)[number],
  { scope, of, phases }: { readonly scope: string; readonly of: string; readonly phases: readonly Phase[] },
): string {
  const isJudged = gate === 'review' && settings.criteria !== 'people'
  const criteria = phases.flatMap(({ id, testCommands, criteria: all }) =>
    all
      .filter((each) => criterionRule(each) === undefined && !(each.kind === 'tests-pass' && testCommands.length > 0))
      .map(({ text }) => `phase ${id}: ${text}`),
  )
  return JSON.stringify({
    scope,
    of,
    fails: settings[gate].severity,
    criteria: isJudged ? criteria : [],
    strict: isJudged && settings.criteria === 'strict',
  })
}

function projectGate({ name, command }: Plan['settings']['gates'][number]): Required {
  return { gate: 'project', rule: JSON.stringify({ name, command }) }
}

/** What is required of a phase's tree beside its base: of the lines that were added, and of the number of tests. */
export function comparedWith(plan: Plan, phase: Phase, base: string): readonly Required[] {
  const forbidden = marks.filter((mark) => !phase.allow.includes(mark))
  const earlier = before(plan, phase).flatMap(({ testCommands }) => testCommands.map(({ command }) => command))
  return [
    { gate: 'placeholders', rule: `no ${forbidden.join(', ')} in added code`, base },
    ...lintOf(plan, 'changed').map((gate) => ({ ...gate, base })),
    ...judges
      .filter((gate) => plan.settings[gate].when === 'each')
      .map((gate) => ({
        gate,
        rule: reviewRule(plan, gate, { scope: 'phase', of: phase.digest, phases: [phase] }),
        base,
      })),
    ...(phase.allow.includes('unresolved-imports') ? [] : [{ gate: 'imports', rule: importsRule(plan, phase), base }]),
    ...(phase.allow.includes('fewer-tests')
      ? []
      : [...new Set(earlier)].map((command) => ({ ...testCount(command, 'no-fewer'), base }))),
  ]
}

/** A linter, if it is one for this scope: without a setting, the linters that the tree has a configuration for. */
function lintOf({ settings }: Plan, wanted: 'changed' | 'all'): readonly Required[] {
  const { lint = { linters: 'configured', scope: 'changed' } } = settings
  if (lint === 'none' || lint.scope !== wanted) return []
  const rule = 'command' in lint ? { command: lint.command, scope: lint.scope } : lint
  return [{ gate: 'lint', rule: JSON.stringify(rule) }]
}

function importsRule(plan: Plan, phase: Phase): string {
  const globs = [...before(plan, phase), phase].flatMap(({ generated }) => generated.flatMap((each) => each.globs))
  return JSON.stringify({ generated: [...new Set(globs)] })
}

function testCount(command: string, runs: string): Required {
  return { gate: 'test-count', rule: JSON.stringify({ command, runs }) }
}

/** All phases that a phase depends on, directly or not. */
function before(plan: Plan, phase: Phase): readonly Phase[] {
  const needed = new Set(phase.dependsOn)
  // In a plan without cycles this ends once a pass adds nothing.
  for (let size = -1; size !== needed.size; ) {
    size = needed.size
    for (const other of plan.phases) if (needed.has(other.id)) for (const id of other.dependsOn) needed.add(id)
  }
  return plan.phases.filter(({ id }) => needed.has(id) && id !== phase.id)
}

function criterionRule(criterion: Criterion): Json | undefined {
  switch (criterion.kind) {
    case 'path-exists':
      return { kind: 'path-exists', globs: criterion.globs }
    case 'command':
      return { kind: 'command', command: criterion.command }
    case 'file-contains':
      return { kind: 'file-contains', path: criterion.path, needle: criterion.needle }
    case 'serves': {
      const { port, start, path } = criterion
      if (start === undefined) return undefined
      return { kind: 'serves', port, start, ...(path === undefined ? {} : { path }) }
    }
    default:
      return undefined
  }
}

/** Whether a gate of the log is the required one, in whatever version. */
export function isSame(required: Required, gate: Json): boolean {
  return (
    family(required.gate) === family(textOf(gate, 'gate')) &&
    required.rule === gate['rule'] &&
    (required.base ?? '') === textOf(gate, 'base')
  )
}

/** The same command is the same proof, whichever phase asks for it. */
export function family(gate: string): string {
  return gate === 'regression' ? 'test' : gate
}

export function nameOf({ gate, rule }: Required): string {
  return `${gate} (${rule})`
}
