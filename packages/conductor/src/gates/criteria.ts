import type { Criterion, Phase } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import type { Serves } from './serves.ts'

/** A typed criterion as a rule that can be read back. */
export type CriterionRule =
  | { readonly kind: 'path-exists'; readonly globs: readonly string[] }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'file-contains'; readonly path: string; readonly needle: string }
  | ({ readonly kind: 'serves' } & Serves)
  /** The tree's own `built.json` files name the slice. */
  | { readonly kind: 'built'; readonly slice: string }

/** What of a phase's criteria becomes a gate, and what stays for people to judge. */
export function criterionGates(phase: Phase): {
  readonly gates: readonly RequiredGate[]
  readonly unverified: readonly string[]
} {
  const gates: RequiredGate[] = []
  const unverified: string[] = []
  for (const criterion of phase.criteria) {
    const rule = ruleOf(criterion)
    if (rule) gates.push({ gate: 'criterion', rule: JSON.stringify(rule) })
    else if (criterion.kind !== 'tests-pass' || phase.testCommands.length === 0) unverified.push(criterion.text)
  }
  return { gates, unverified }
}

function ruleOf(criterion: Criterion): CriterionRule | undefined {
  switch (criterion.kind) {
    case 'path-exists':
      return { kind: 'path-exists', globs: criterion.globs }
    case 'command':
      return { kind: 'command', command: criterion.command }
    case 'file-contains':
      return { kind: 'file-contains', path: criterion.path, needle: criterion.needle }
    case 'serves': {
      const { port, path, start } = criterion
      // Nobody said how to start it: then no machine can look.
      if (start === undefined) return undefined
      return { kind: 'serves', port, start, ...(path === undefined ? {} : { path }) }
    }
    case 'tests-pass':
    case 'prose':
      return undefined
    default:
      return criterion satisfies never
  }
}

export function parseCriterionRule(rule: string): CriterionRule {
  return JSON.parse(rule) as CriterionRule
}

/** A rule as a person reads it. */
export function describeRule(gate: string, rule: string): string {
  if (gate === 'criterion') {
    const criterion = parseCriterionRule(rule)
    switch (criterion.kind) {
      case 'path-exists':
        return `${criterion.globs.join(', ')} exists`
      case 'command':
        return `\`${criterion.command}\` exits 0`
      case 'file-contains':
        return `${criterion.path} contains "${criterion.needle}"`
      case 'built':
        return `built.json holds slice ${criterion.slice.slice(0, 12)}`
      case 'serves':
        return `port ${criterion.port}${criterion.path ?? ''} answers after \`${criterion.start}\``
      default:
        return criterion satisfies never
    }
  }
  return gate === 'placeholders' ? rule.replace(/ since ([0-9a-f]{7})[0-9a-f]*$/, ' since $1') : rule
}
