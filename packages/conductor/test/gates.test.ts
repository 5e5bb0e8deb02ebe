import { compile, type Plan } from '@nx-conduct/spec'
import type { RequiredGate } from '@nx-conduct/store'
import { expect, test } from 'vitest'
import { unverifiedCriteria } from '../src/gates/kinds/criterion.ts'
import { describeRule, gateKind, gateKinds, runsCommand } from '../src/gates/registry.ts'
import { finalGates, phaseGates, regressionGates, testGates } from '../src/gates/required.ts'

const plan = compile(`## Implementation Phases

### Phase 1: One
- a
Test Command: node --test one

### Phase 2: Two
- b
Test Command: node --test two
Allow: TODO
Files:
- two/index.mjs
Success Criteria:
- \`two/*.mjs\` exist
- It is quick
`)
const base = 'a'.repeat(40)
const [first, second] = plan.phases
if (!first || !second) throw new Error('the spec has two phases')

test('a phase has to pass its own tests, those of the phases before it, its files, its imports, the placeholder rule and its typed criteria', () => {
  const gates = phaseGates(plan, second, base)
  expect(gates.map(({ gate }) => gate)).toEqual([
    'test',
    'test-count',
    'test-count',
    'regression',
    'files',
    'imports',
    'placeholders',
    'criterion',
    'criterion',
    'lint',
  ])
  expect(gates.find(({ gate }) => gate === 'regression')?.rule).toBe('node --test one')
  expect(unverifiedCriteria(second)).toEqual(['It is quick'])
})

test('every gate that is required names the version of its kind', () => {
  for (const { gate, version } of phaseGates(plan, second, base)) expect(version).toBe(gateKind(gate).version)
})

test('only the gates that compare with the tree where the phase started name that tree', () => {
  const withBase = phaseGates(plan, second, base).filter((gate) => gate.base !== undefined)
  expect(withBase.map(({ gate }) => gate)).toEqual(['test-count', 'imports', 'placeholders', 'lint'])
  const gates = phaseGates(plan, second, undefined).map(({ gate }) => gate)
  for (const gate of ['imports', 'placeholders']) expect(gates).not.toContain(gate)
})

test("without a setting, the project's linters are due; with one, its command alone; with `none`, nothing", () => {
  const rulesWith = (setting: string) => {
    const plan = compile(`---\n${setting}\n---\n## Phases\n### Phase 1: A\n- x\n`)
    const [only] = plan.phases
    if (!only) throw new Error('the spec has a phase')
    const gates = phaseGates(plan, only, base).filter(({ gate }) => gate === 'lint')
    return gates.map(({ gate, rule }) => describeRule(gate, rule))
  }
  expect(rulesWith('rounds: 1')).toEqual(["the project's linters"])
  expect(rulesWith('lint: npm run lint')).toEqual(['npm run lint'])
  expect(rulesWith('lint: { command: make, scope: all }')).toEqual(['make'])
  expect(rulesWith('lint: none')).toEqual([])
})

test('marks that a phase allows are not part of its rule', () => {
  const ruleOf = (phase: typeof first) =>
    phaseGates(plan, phase, base).find(({ gate }) => gate === 'placeholders')?.rule
  expect(ruleOf(first)).toBe('no TODO, FIXME, XXX, HACK, not-implemented, stub, empty-body in added code')
  expect(ruleOf(second)).toBe('no FIXME, XXX, HACK, not-implemented, stub, empty-body in added code')
})

test('imports are judged with what the phase and those before it have generated, and a phase may be spared', () => {
  const of = (first: string, second: string) =>
    compile(`## Phases\n### Phase 1: A\n- x\n${first}\n### Phase 2: B\n- y\n${second}\n`)
  const importsOf = (plan: Plan) =>
    plan.phases.flatMap((phase) => phaseGates(plan, phase, base).filter(({ gate }) => gate === 'imports'))
  const plan = of('Generated: `gen/**` by `make`', 'Generated: `b.py` by `make b`')
  expect(importsOf(plan).map(({ rule }) => JSON.parse(rule))).toEqual([
    { generated: ['gen/**'] },
    { generated: ['gen/**', 'b.py'] },
  ])
  expect(importsOf(of('Allow: unresolved-imports', ''))).toHaveLength(1)
})

test('what is generated has to be there and to be made again, on the final tree as well', () => {
  const plan = compile('## Phases\n### Phase 1: A\n- x\nGenerated: `gen/**` by `make`\n')
  expect(finalGates(plan).filter(({ gate }) => gate === 'generated')).toHaveLength(2)
  const [only] = plan.phases
  const gates = only === undefined ? [] : phaseGates(plan, only, base).filter(({ gate }) => gate === 'generated')
  expect(gates.map(({ gate, rule }) => describeRule(gate, rule))).toEqual([
    'gen/** is there',
    'gen/** is what `make` makes',
  ])
  expect(gates.map(({ gate, rule }) => runsCommand(gate, rule))).toEqual([false, true])
})

test('equal commands of several phases are one gate', () => {
  expect(regressionGates([...plan.phases, ...plan.phases])).toHaveLength(2)
})

test('the test step requires the own test commands of the phase alone, and that they run tests', () => {
  expect(testGates(plan, second).map(({ gate, rule }) => [gate, describeRule(gate, rule)])).toEqual([
    ['test', 'node --test two'],
    ['test-count', 'tests run: `node --test two`'],
  ])
})

test("the final tree has to pass every phase's gates, each once, and none that needs a tree to compare with", () => {
  const gates = finalGates(plan)
  expect(gates.map(({ gate, rule }) => `${gate} ${describeRule(gate, rule)}`)).toEqual([
    'regression node --test one',
    'test-count tests run: `node --test one`',
    expect.stringMatching(/^criterion built\.json holds slice/),
    'test node --test two',
    'test-count tests run: `node --test two`',
    'files two/index.mjs',
    'criterion two/*.mjs exists',
    expect.stringMatching(/^criterion built\.json holds slice/),
  ])
})

test('rules are described for people, also those of a kind that is gone', () => {
  const rule = (value: unknown) => describeRule('criterion', JSON.stringify(value))
  expect(rule({ kind: 'command', command: 'make' })).toBe('`make` exits 0')
  expect(rule({ kind: 'file-contains', path: 'a', needle: 'b' })).toBe('a contains "b"')
  expect(rule({ kind: 'serves', port: 80, path: '/x', start: 'run' })).toBe('port 80/x answers after `run`')
  expect(describeRule('gone', 'its rule')).toBe('its rule')
  expect(() => gateKind('gone')).toThrow('there is no gate gone')
})

test('gates that run a command are told apart from those that read the tree', () => {
  expect(runsCommand('test', 'make')).toBe(true)
  expect(runsCommand('files', 'a')).toBe(false)
  expect(runsCommand('gone', 'a')).toBe(false)
  expect(new Set(gateKinds.map(({ name }) => name)).size).toBe(gateKinds.length)
})

test('gates of the project are due for every phase, or at the end alone', () => {
  const gates = '[{ name: types, command: npx tsc }, { name: end, command: make, when: final }]'
  const plan = compile(`---\ngates: ${gates}\n---\n## Phases\n### Phase 1: A\n- x\n`)
  const [only] = plan.phases
  if (!only) throw new Error('the spec has a phase')
  const named = (gates: readonly RequiredGate[]) =>
    gates.filter(({ gate }) => gate === 'project').map(({ gate, rule }) => describeRule(gate, rule))
  expect(named(phaseGates(plan, only, base))).toEqual(['types: npx tsc'])
  expect(named(finalGates(plan))).toEqual(['types: npx tsc', 'end: make'])
})

test('a rule of a log that an earlier version wrote is shown as it is', () => {
  for (const gate of ['lint', 'test-count', 'criterion', 'project', 'imports', 'generated'])
    expect(describeRule(gate, 'npm run x')).toBe('npm run x')
  expect(runsCommand('lint', 'npm run x')).toBe(false)
  expect(runsCommand('placeholders', 'no TODO in added lines')).toBe(false)
})
