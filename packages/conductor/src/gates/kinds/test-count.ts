import { type Allowance, ancestorsOf, type Phase } from '@nx-conduct/spec'
import type { Evidence } from '@nx-conduct/store'
import type { EvidenceOf, GateKind } from '../gate-kind.ts'
import { typedRule } from '../typed-rule.ts'
import { test } from './test.ts'

/** What must hold of the number of tests that a test command runs. `no-fewer`: than on the tree where the phase started. */
export interface TestCountRule {
  readonly command: string
  readonly runs: 'some' | 'no-fewer'
}

/** What a phase may say under `Allow:` to be spared. */
const allowNone = 'no-tests' satisfies Allowance
const allowFewer = 'fewer-tests' satisfies Allowance

const rules = typedRule<TestCountRule>()

/**
 * Test commands run tests, and those of the phases before run as many as before: a runner that finds none, or whose tests were deleted or
 * skipped, succeeds. Judged by what the runner printed; where no known one printed anything, there is nothing to judge.
 */
export const testCount: GateKind = {
  name: 'test-count',
  version: 1,
  required({ plan, phase, base }) {
    const some = phase.allow.includes(allowNone) ? [] : commandsOf([phase])
    const noFewer =
      base === undefined || phase.allow.includes(allowFewer) ? [] : commandsOf(ancestorsOf(plan, phase.id))
    return [
      ...some.map((command) => ({ rule: rules.text({ command, runs: 'some' }) })),
      ...noFewer.map((command) => ({
        rule: rules.text({ command, runs: 'no-fewer' }),
        ...(base === undefined ? {} : { base }),
      })),
    ]
  },
  check({ rule, base }) {
    const { command, runs } = rules.parse(rule)
    return {
      kind: 'evidence',
      findings(evidenceOf, tree) {
        const here = passed(evidenceOf, command, tree)
        if (here === undefined) return undefined
        const { tests } = here
        if (tests?.ran === undefined) return []
        if (runs === 'some')
          return tests.ran === 0
            ? [
                `no test ran: ${tests.runners.join(' and ')} found none; write some, or let a person write \`Allow: ${allowNone}\` into the phase`,
              ]
            : []
        const before = base === undefined ? undefined : passed(evidenceOf, command, base)?.tests
        if (before?.ran === undefined || tests.ran >= before.ran) return []
        const skipped = tests.skipped > before.skipped ? `, and ${tests.skipped - before.skipped} more are skipped` : ''
        return [
          `${tests.ran} ${tests.ran === 1 ? 'test runs' : 'tests run'} where ${before.ran} ran before this phase${skipped}: put them back, or let a person write \`Allow: ${allowFewer}\` into the phase`,
        ]
      },
    }
  },
  describe(rule) {
    const { command, runs } = rules.parse(rule)
    // Its words first: commands are long, and lines are cut.
    return `${runs === 'some' ? 'tests run' : 'no fewer tests run than before'}: \`${command}\``
  },
}

function commandsOf(phases: readonly Phase[]): readonly string[] {
  return [...new Set(phases.flatMap(({ testCommands }) => testCommands.map(({ command }) => command)))]
}

/** Of a command that failed nothing is known: some of its tests may not have run. */
function passed(evidenceOf: EvidenceOf, command: string, tree: string): Evidence | undefined {
  const found = evidenceOf({ gate: test.name, version: test.version, rule: command }, tree)
  return found?.outcome === 'passed' ? found : undefined
}
