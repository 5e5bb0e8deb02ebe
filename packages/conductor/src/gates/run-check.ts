import { createHash } from 'node:crypto'
import type { Oid } from '@nx-conduct/git'
import { shellWord } from '@nx-conduct/spec'
import type { TestCounts } from '@nx-conduct/store'
import type { Checkout } from '../checkouts/checkout.ts'
import { programsNamed } from '../preflight/programs-named.ts'
import type { RunContext } from '../run/context.ts'
import { Aborted } from '../run/problem.ts'
import type { EnvironmentFault } from './environment-fault.ts'
import type { Check, EvidenceOf } from './gate-kind.ts'
import { countTests } from './tests/count-tests.ts'

/** What a gate came to on a tree. `output` is bounded and redacted. */
export interface CheckOutcome {
  readonly outcome: 'passed' | 'failed'
  readonly exitCode?: number
  readonly output: string
  readonly outputDigest: string
  /** Lines of what it printed are missing in `output`. */
  readonly isCut?: true
  readonly durationMs: number
  readonly tests?: TestCounts
  readonly environmentFault?: EnvironmentFault
  /** It did not end within this time. */
  readonly timedOutMs?: number
}

/** Runs a gate's command in a checkout of the tree it is evidence for. Throws `Aborted` when the run is being stopped. */
export async function runGateCommand(
  { commands }: Pick<RunContext, 'commands'>,
  checkout: Checkout,
  command: string,
  { keepBytes }: { readonly keepBytes?: number } = {},
): Promise<CheckOutcome> {
  const outcome = await commands.run(command, checkout, keepBytes)
  const isCut = outcome.elidedBytes > 0
  const base = {
    outputDigest: outcome.outputDigest,
    durationMs: outcome.durationMs,
    ...(isCut ? { isCut } : {}),
  }
  switch (outcome.kind) {
    case 'exited': {
      const fault =
        outcome.exitCode === 127
          ? missingProgram(command, outcome.output)
          : await unreadableCommand(commands, checkout, command, outcome.output)
      const tests = countTests(outcome.output, isCut)
      return {
        ...base,
        outcome: outcome.exitCode === 0 ? 'passed' : 'failed',
        exitCode: outcome.exitCode,
        output: outcome.output,
        ...(tests === undefined ? {} : { tests }),
        ...(fault === undefined ? {} : { environmentFault: fault }),
      }
    }
    case 'signaled':
      return { ...base, outcome: 'failed', output: `${outcome.output}\n[killed by ${outcome.signal}]` }
    case 'timed-out':
      return {
        ...base,
        outcome: 'failed',
        output: `${outcome.output}\n[stopped after ${outcome.timeoutMs} ms: testTimeout]`,
        timedOutMs: outcome.timeoutMs,
      }
    case 'not-started':
      return { ...base, outcome: 'failed', output: outcome.message, environmentFault: { what: outcome.message } }
    case 'aborted':
      throw new Aborted('a gate was stopped')
    default:
      return outcome satisfies never
  }
}

/** A program that the command itself starts is not installed: nothing that the agents wrote is at fault. */
function missingProgram(command: string, output: string): EnvironmentFault | undefined {
  const first = /^\s*(?:[A-Za-z_][A-Za-z0-9_]*=\S*\s+)*([^\s;&|<>()$`'"]+)/.exec(command)?.[1]
  const named = first === undefined || first.includes('/') ? programsNamed(command) : [first, ...programsNamed(command)]
  const program = named.find((each) => output.includes(`: ${each}: command not found`))
  return program === undefined ? undefined : { what: `the program ${program} is not installed` }
}

const syntaxError = /^\S*bash: -c: line \d+: (.*(?:syntax error|unexpected EOF).*)$/m

/** bash cannot read the command, which is in the spec: no agent may change it. Another bash that the command starts may say the same. */
async function unreadableCommand(
  commands: RunContext['commands'],
  checkout: Checkout,
  command: string,
  output: string,
): Promise<EnvironmentFault | undefined> {
  const why = syntaxError.exec(output)?.[1]
  if (why === undefined) return undefined
  const read = await commands.run(`bash -n -c ${shellWord(command)}`, checkout)
  if (read.kind !== 'exited' || read.exitCode === 0) return undefined
  return {
    what: `bash cannot read the command: ${why}`,
    next: 'correct the command in the spec, and commit it',
  }
}

/** Checks a gate that runs nothing. Undefined where a gate that it is about failed. */
export async function judge(
  { workspace, surroundings }: Pick<RunContext, 'workspace' | 'surroundings'>,
  check: Extract<Check, { kind: 'tree' | 'evidence' }>,
  tree: Oid,
  evidenceOf: EvidenceOf,
): Promise<CheckOutcome | undefined> {
  const startedAt = surroundings.clock.monotonicMs()
  const findings = check.kind === 'tree' ? await check.findings(workspace, tree) : check.findings(evidenceOf, tree)
  if (findings === undefined) return undefined
  const output = findings.join('\n')
  return {
    outcome: findings.length === 0 ? 'passed' : 'failed',
    output,
    outputDigest: createHash('sha256').update(output).digest('hex'),
    durationMs: Math.round(surroundings.clock.monotonicMs() - startedAt),
  }
}
