import { expect, test } from 'vitest'
import { compile, digestOf, orderPhases, parentsOf, planToJson, sliceOf } from '../src/index.ts'

const NOWHERE = { start: { offset: 0 }, end: { offset: 0 } }

const SPEC = `---
name: dataflow
agent: { driver: anthropic, model: claude-sonnet-5-5 }
agents:
  code-reviewer: { driver: command, command: review --stdin }
budget: { turns: 40, tokens: 500000, wall: 20m }
concurrency: 4
setup: npm ci
lint: { command: npm run lint }
rounds: 2
failFast: true
tools: [node, protoc]
env: [CI]
testTimeout: 90s
redis: redis://127.0.0.1:6379
remote: origin
---
# DataFlow

What it is for.

## Implementation Phases

### Phase 1: Proto Definitions & Setup
- Define gRPC proto files
- Generate code
Modules: proto
Test Command: ./proto/generate.sh && echo "Proto files generated"
Gotchas:
- Names are **case sensitive**
Success Criteria:
- proto/*.proto files exist
- \`npm test\` exits 0
- It feels right

### Phase 2: Go gRPC Service (Base Layer)
Depends On: Phase 1
Modules: service (services/go/**), cli
Files: services/go/main.go, README.md
Allow: TODO
Approval: required
- [ ] Implement gRPC server
- [x] SQLite database layer

### Phase 3: Docs
- Write them
`

const errors = (text: string): readonly string[] =>
  compile(text)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code)

test('the canonical form compiles into phases, settings and context without errors', () => {
  const plan = compile(SPEC)
  expect(errors(SPEC)).toEqual([])
  expect(plan.name).toBe('dataflow')
  expect(plan.title).toBe('DataFlow')
  expect(plan.settings).toEqual({
    agent: { driver: 'anthropic', model: 'claude-sonnet-5-5' },
    agents: { 'code-reviewer': { driver: 'command', command: 'review --stdin' } },
    budget: { turns: 40, tokens: 500_000, wallMs: 1_200_000 },
    concurrency: 4,
    setup: 'npm ci',
    lint: { command: 'npm run lint', scope: 'changed' },
    gates: [],
    rounds: 2,
    failFast: true,
    pool: true,
    setupInputs: [],
    setupCacheBytes: 5_000_000_000,
    review: { when: 'final', severity: 'major' },
    audit: { when: 'final', severity: 'major' },
    criteria: 'judged',
    tools: ['node', 'protoc'],
    env: ['CI'],
    testTimeoutMs: 90_000,
    redis: { url: 'redis://127.0.0.1:6379', mode: 'preferred' },
    remote: 'origin',
  })
  expect(plan.context.map(({ title, markdown }) => [title, markdown])).toEqual([['DataFlow', 'What it is for.']])
  const [one, two, three] = plan.phases
  expect(one).toMatchObject({
    id: '1',
    slug: '1',
    title: 'Proto Definitions & Setup',
    dependsOn: [],
    gotchas: ['Names are case sensitive'],
    files: [],
    allow: [],
    approval: 'none',
  })
  expect(one?.tasks.map(({ text }) => text)).toEqual(['Define gRPC proto files', 'Generate code'])
  expect(one?.modules.map(({ name, implicit }) => [name, implicit])).toEqual([['proto', false]])
  expect(one?.testCommands.map(({ command }) => command)).toEqual([
    './proto/generate.sh && echo "Proto files generated"',
  ])
  expect(one?.criteria.map(({ text, range: _, ...typed }) => typed)).toEqual([
    { kind: 'path-exists', globs: ['proto/*.proto'] },
    { kind: 'command', command: 'npm test' },
    { kind: 'prose' },
  ])
  expect(two).toMatchObject({
    id: '2',
    title: 'Go gRPC Service',
    dependsOn: ['1'],
    notes: ['Base Layer'],
    files: ['services/go/main.go', 'README.md'],
    allow: ['TODO'],
    approval: 'required',
  })
  expect(two?.modules.map(({ name, slug, paths }) => [name, slug, paths])).toEqual([
    ['service', 'service', ['services/go/**']],
    ['cli', 'cli', undefined],
  ])
  expect(two?.tasks.map(({ text, checked }) => [text, checked])).toEqual([
    ['Implement gRPC server', false],
    ['SQLite database layer', true],
  ])
  expect(three).toMatchObject({ dependsOn: ['2'] })
  expect(three?.modules.map(({ name, implicit }) => [name, implicit])).toEqual([['docs', true]])
})

test('a spec without front matter has the default settings', () => {
  expect(compile('## Phases\n### Phase 1: A\n- x\n').settings).toEqual({
    agent: { driver: 'anthropic' },
    agents: {},
    budget: { turns: 60, tokens: 2_000_000, wallMs: 1_800_000 },
    rounds: 3,
    failFast: false,
    pool: true,
    setupInputs: [],
    setupCacheBytes: 5_000_000_000,
    review: { when: 'final', severity: 'major' },
    audit: { when: 'final', severity: 'major' },
    criteria: 'judged',
    gates: [],
    tools: [],
    env: [],
    testTimeoutMs: 600_000,
  })
})

const withSettings = (...lines: readonly string[]) =>
  compile(`---\n${lines.join('\n')}\n---\n## Phases\n### Phase 1: A\n- x\n`)

test('a project may add gates, each under a name of its own', () => {
  const gates = (text: string) => withSettings(`gates: ${text}`).settings.gates
  const [types, end] = [
    { name: 'types', command: 'npx tsc', when: 'each' },
    { name: 'end', command: 'make', when: 'final' },
  ]
  expect(gates('[{ name: types, command: npx tsc }, { name: end, command: make, when: final }]')).toEqual([types, end])
  expect(gates('{ types: npx tsc, end: { command: make, when: final } }')).toEqual([types, end])
})

test.each([
  ['[{ command: make }]', 'wrong-type', 'a gate has no name'],
  ['[{ name: a }]', 'wrong-type', 'the gate "a" has no command'],
  ['[{ name: "a b", command: make }]', 'invalid-name', '"a b" cannot be the name of a gate'],
  ['[{ name: a, command: make }, { name: a, command: test }]', 'wrong-type', 'two gates are called "a"'],
  ['[{ name: a, command: make, when: sometimes }]', 'wrong-type', 'gates.a.when has to be "each"'],
  ['[{ name: a, comand: make }]', 'misspelt-setting', '"comand" is no setting'],
  ['make', 'wrong-type', 'gates has to be a list'],
])('gates: %s is refused with %s', (text, code, message) => {
  const { diagnostics } = withSettings(`gates: ${text}`)
  expect(diagnostics).toContainEqual(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})

test('what a phase is spared is named; what is no such name is reported and spares nothing', () => {
  const read = (text: string) => {
    const { phases, diagnostics } = compile(`## Phases\n### Phase 1: A\n- x\nAllow: ${text}\n`)
    return [phases[0]?.allow, diagnostics.filter(({ code }) => code === 'unknown-allowance').map(({ hint }) => hint)]
  }
  expect(read('todo, `Fewer-Tests`; XXX')).toEqual([['TODO', 'fewer-tests', 'XXX'], []])
  expect(read('fewer-test')).toEqual([[], ['did you mean "fewer-tests"?']])
  expect(read('anything')).toEqual([[], [expect.stringContaining('what can be allowed: TODO, ')]])
})

test('prices are those of a million tokens, by model; those of a cache are that of input where nothing is said', () => {
  const read = (text: string) => {
    const { settings, diagnostics } = withSettings(`prices: ${text}`)
    return [
      settings.prices,
      diagnostics.filter(({ severity }) => severity !== 'info').map(({ code, hint }) => [code, hint]),
    ]
  }
  expect(read('{ sonnet: { input: 3, output: 15.5, cacheRead: 0.3 }, currency: EUR }')).toEqual([
    { currency: 'EUR', models: { sonnet: { input: 3, output: 15.5, cacheRead: 0.3, cacheWrite: 3 } } },
    [],
  ])
  expect(read('{ sonnet: { input: 3, output: 15 } }')).toMatchObject([{ currency: 'USD' }, []])
  const hint = 'write what a million tokens cost, for example { input: 3, output: 15 }'
  expect(read('{ sonnet: { input: 3 } }')).toEqual([{ currency: 'USD', models: {} }, [['wrong-type', hint]]])
  expect(read('{ sonnet: { input: -3, output: many } }')[1]).toHaveLength(2)
  expect(read('{ sonnet: { input: 3, ouput: 15 } }')[1]).toEqual([
    ['wrong-type', hint],
    ['misspelt-setting', expect.stringContaining('output')],
  ])
  expect(read('{ sonnet: 3, currency: "1" }')[1]).toHaveLength(2)
  expect(read('cheap')[1]).toHaveLength(1)
})

test('setup may name files that also decide what it makes, and a bound for what is kept', () => {
  expect(withSettings('setup: npm ci', 'setupCache: 500MB').settings).toMatchObject({
    setup: 'npm ci',
    setupInputs: [],
    setupCacheBytes: 500_000_000,
  })
  const both = withSettings(
    'setup: { command: npm ci, inputs: [./tools/versions.txt, "scripts/{a,b}/**"] }',
    'setupCache: 0',
  )
  expect(both.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
  expect(both.settings).toMatchObject({
    setup: 'npm ci',
    setupInputs: ['tools/versions.txt', 'scripts/{a,b}/**'],
    setupCacheBytes: 0,
  })
  const found = (line: string) =>
    withSettings(line)
      .diagnostics.filter(({ severity }) => severity !== 'info')
      .map(({ code, range, hint }) => [code, range.start.line, range.start.column, hint])
  const size = 'write for example setupCache: 500MB or setupCache: 5GB; setupCache: 0 keeps nothing'
  for (const wrong of ['5', 'off', '5G', '-1GB', '0GB', '5 GB GB', '[5GB]']) {
    expect(found(`setupCache: ${wrong}`)).toEqual([['wrong-type', 2, 13, size]])
  }
  const place = "write a path or glob from the workspace's root, such as tools/versions.txt"
  expect(found('setup: { command: x, inputs: [a, ../b] }')).toEqual([['invalid-path', 2, 34, place]])
  expect(found('setup: { command: x, inputs: /etc/hosts }')).toEqual([['invalid-path', 2, 30, place]])
  expect(found('setup: { inputs: [a] }').map(([code]) => code)).toEqual(['wrong-type'])
  expect(found('setup: { command: x, input: [a] }').map(([code]) => code)).toEqual(['misspelt-setting'])
})

test('lint is a command, one with a scope, or none; words that mean none are no commands', () => {
  const read = (line: string) => withSettings(line).settings.lint
  expect(read('rounds: 1')).toBeUndefined()
  expect(read('lint: npm run lint')).toEqual({ command: 'npm run lint', scope: 'changed' })
  expect(read('lint: { command: make lint, scope: all }')).toEqual({ command: 'make lint', scope: 'all' })
  expect(read('lint: none')).toBe('none')
  for (const wrong of ['off', 'false', 'no', 'Off', '"off"']) {
    const { settings, diagnostics } = withSettings(`lint: ${wrong}`)
    expect(settings.lint).toBeUndefined()
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'wrong-type', message: expect.stringContaining('or none'), range: { start: { line: 2, column: 7 } } },
    ])
  }
})

test('every range points at the text it speaks of, whatever the line ends and with a byte order mark', () => {
  for (const text of [SPEC, `\ufeff${SPEC.replaceAll('\n', '\r\n')}`, SPEC.replaceAll('\n', '\r')]) {
    const plan = compile(text)
    const at = (range: { start: { offset: number }; end: { offset: number } }): string =>
      text.slice(range.start.offset, range.end.offset)
    expect(at(plan.phases[0]?.tasks[1]?.range ?? NOWHERE)).toBe('Generate code')
    const [first] = plan.phases
    expect(first?.range.start.line).toBe(24)
    expect(at(first?.criteria[0]?.range ?? NOWHERE)).toBe('proto/*.proto files exist')
    expect(at(first?.range ?? NOWHERE).startsWith('### Phase 1')).toBe(true)
    expect(plan.phases.map(({ digest }) => digest)).toEqual(compile(SPEC).phases.map(({ digest }) => digest))
  }
})

test('labels below a list are fields, however deep the list that Markdown hangs them onto', () => {
  const text =
    '## Phases\n### Phase 1: A\n- Task\n  - sub **x**\n  - sub2\nModules: api\nGotchas:\n- mind\n  - deep\nTest Command: npm test\n- [ ] Two\n  Modules: no\n**Files:** a/b.ts\n'
  const [phase] = compile(text).phases
  expect(phase?.tasks.map((task) => task.text)).toEqual(['Task\n- sub x\n- sub2', 'Two Modules: no'])
  expect(phase?.modules.map(({ name }) => name)).toEqual(['api'])
  expect(phase?.gotchas).toEqual(['mind\n- deep'])
  expect(phase?.testCommands.map(({ command }) => command)).toEqual(['npm test'])
  expect(phase?.files).toEqual(['a/b.ts'])
})

test('the digest of a phase is the digest of its slice', () => {
  for (const phase of compile(SPEC).phases) {
    expect(phase.digest).toBe(digestOf(sliceOf(phase)))
    expect(phase.digest).toMatch(/^[0-9a-f]{64}$/)
  }
})

test('phases are ordered behind what they depend on, and know their parents in the order of the spec', () => {
  const plan = compile(
    '## Phases\n### Phase 1: A\nDepends On: Phase 3\n### Phase 2: B\nDepends On: None\n### Phase 3: C\nDepends On: None\n### Phase 4: D\nDepends On: Phase 3, Phase 2\n',
  )
  expect(orderPhases(plan).map(({ id }) => id)).toEqual(['2', '3', '4', '1'])
  expect(parentsOf(plan, plan.phases[3] ?? { dependsOn: [] }).map(({ id }) => id)).toEqual(['2', '3'])
})

test('duplicate ids, unknown dependencies, cycles and colliding slugs are errors at their line, with the places that belong to them', () => {
  const text =
    '## Phases\n### Phase 1: A\nDepends On: Phase 2\n### Phase 2: B\nDepends On: Phase 1\n### Phase 1: C\n### Phase 3: D\nDepends On: Phase 9\n### Phase 2.1: E\n### Phase 2-1: F\n'
  const found = compile(text).diagnostics.filter(({ severity }) => severity === 'error')
  expect(found.map(({ code, range }) => [code, range.start.line])).toEqual([
    ['dependency-cycle', 3],
    ['duplicate-id', 6],
    ['unknown-dependency', 8],
  ])
  expect(found[0]?.related?.map(({ range }) => range.start.line)).toEqual([3, 5])
  expect(found[1]?.related?.map(({ range }) => range.start.line)).toEqual([2])
  const plan = compile('## Phases\n### Phase A1: E\n### Phase A-1: F\n### Phase a1: G\n')
  expect(
    plan.diagnostics.filter(({ severity }) => severity === 'error').map(({ code, range }) => [code, range.start.line]),
  ).toEqual([['slug-collision', 4]])
})

test('the plan for machines holds the fields that are promised', () => {
  const json = planToJson(compile(SPEC))
  expect(Object.keys(json)).toEqual(['name', 'title', 'settings', 'context', 'contextDigest', 'phases', 'diagnostics'])
  expect(json.phases[0]).toMatchObject({
    id: '1',
    title: 'Proto Definitions & Setup',
    dependsOn: [],
    testCommands: ['./proto/generate.sh && echo "Proto files generated"'],
  })
})
