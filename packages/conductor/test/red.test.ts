import { expect, test } from 'vitest'
import { SetupFailed } from '../src/checkouts/setup.ts'
import type { GateReport } from '../src/gates/prove.ts'
import { causeOf, failureOf, isFixable, nameOf, type Red } from '../src/gates/red.ts'

function report(rule: string, more: Partial<GateReport> = {}): GateReport {
  return {
    gate: 'test',
    version: 1,
    rule,
    evidence: { gate: 'test', version: 1, rule, tree: 'f'.repeat(40), environment: 'e', outcome: 'failed', at: 'now' },
    flaky: false,
    output: `${rule} is red`,
    durationMs: 1,
    ...more,
  }
}

const gates = { kind: 'gates', worst: report('npm test'), others: [report('npm run lint')] } as const
const fault = { what: 'the program x is not installed' }
const machine = { kind: 'gates', worst: report('x', { environmentFault: fault }), others: [] } as const
const setup = (isOfChange: boolean) =>
  ({ kind: 'setup', failure: new SetupFailed('npm ci', 'no lockfile', 1), isOfChange }) as const
const rejected = { kind: 'rejected', by: 'Ann', why: 'it is ugly' } as const
const unjudged = { kind: 'no-verdict', role: 'code-reviewer', message: 'prose', hint: 'again' } as const
const agent = { message: 'no key', hint: 'set it' }

test.each<[string, Red, boolean]>([
  ['a red gate', gates, true],
  ['a fault of the machine', machine, false],
  ['a setup that the change broke', setup(true), true],
  ['a setup that it did not', setup(false), false],
  ['what a person rejected', rejected, true],
  ['a verdict that nobody gave', unjudged, false],
])('%s is for an agent or not', (_, red, expected) => {
  expect(isFixable(red)).toBe(expected)
})

test('a fixing agent is told of everything that failed', () => {
  expect(failureOf(gates)).toEqual({
    gate: 'test',
    rule: 'npm test\nnpm run lint',
    output: '$ npm test\nnpm test is red\n\n$ npm run lint\nnpm run lint is red',
  })
  expect(failureOf({ ...gates, culprits: 'a and b together' }).output).toContain('a and b together')
  expect(failureOf(setup(true))).toEqual({
    gate: 'setup',
    rule: 'npm ci',
    output: 'It did not run in your worktree: nothing is installed there.\n$ npm ci\nno lockfile',
  })
  expect(failureOf(rejected)).toMatchObject({ gate: 'approval', output: expect.stringContaining('Ann') })
  expect(failureOf(rejected).output).toContain('it is ugly')
})

test('an attempt is named after what it was to fix', () => {
  expect(nameOf(gates)).toEqual({ gate: 'test', rule: 'npm test' })
  expect(nameOf(setup(true))).toEqual({ gate: 'setup', rule: 'npm ci' })
  expect(nameOf(rejected)).toEqual({ gate: 'approval', rule: 'it is ugly' })
})

test('a person is told what the machine, the setup, the agents or the gates are at fault for', () => {
  expect(causeOf(gates)).toEqual({ kind: 'gate', report: gates.worst, others: gates.others })
  expect(causeOf({ ...gates, culprits: 'a' })).toMatchObject({ kind: 'gate', culprits: 'a' })
  expect(causeOf(gates, agent)).toEqual({ kind: 'agent', report: gates.worst, ...agent })
  expect(causeOf({ ...gates, culprits: 'a' }, agent)).toMatchObject({ kind: 'agent', culprits: 'a' })
  expect(causeOf(machine, agent)).toEqual({ kind: 'environment', report: machine.worst, fault })
  expect(causeOf(setup(false))).toEqual({ kind: 'setup', command: 'npm ci', output: 'no lockfile' })
  expect(causeOf(setup(true), agent)).toEqual({ kind: 'setup', command: 'npm ci', output: 'no lockfile', agent })
  expect(causeOf(rejected)).toEqual({ ...rejected, agent: { message: 'it has no further round', hint: '' } })
  expect(causeOf(rejected, agent)).toEqual({ ...rejected, agent })
  expect(causeOf(unjudged)).toEqual(unjudged)
})
