import { describe, expect, test } from 'vitest'
import { compile, type Diagnostic, defaultSpecName } from '../src/index.ts'

const errors = (text: string): readonly Diagnostic[] =>
  compile(text).diagnostics.filter(({ severity }) => severity === 'error')
const phase = (body: string): string => `## Phases\n\n### Phase 1: A\n${body}\n`
const front = (yaml: string): string => `---\n${yaml}\n---\n\n${phase('')}`

describe('names that cannot be a path, a ref or a project are errors at their line', () => {
  test.each([
    '--detach',
    '-x',
    '../a',
    'a..b',
    'x'.repeat(300),
    'CON',
    'com1.txt',
    'аpi',
    'a.lock',
    'a/../b',
    '.git',
    '/abs',
    'a~1',
    'a^',
    '`a\u0007b`',
  ])('module %j', (name) => {
    const [found, ...more] = errors(phase(`Modules: ${name}`))
    expect(more).toEqual([])
    expect(found?.code).toMatch(/^invalid-(?:name|path)$/)
    expect(found?.range.start.line).toBe(4)
  })

  test.each(['--detach', '-x', '../a', 'a..b', '"a\\nb"', 'x'.repeat(300), 'CON', 'sреc', 'a/b', 'a b'])(
    'spec %j',
    (name) => {
      const [found, ...more] = errors(front(`rounds: 1\nname: ${name}`))
      expect(more).toEqual([])
      expect(found?.code).toBe('invalid-name')
      expect(found?.range.start.line).toBe(3)
    },
  )

  test("module paths stay inside the workspace, and out of git's folder", () => {
    for (const path of ['../x/**', '/etc/**', 'a/../../b/**', '.git/hooks/**', 'a/.GIT/**', '~/x/**']) {
      expect(errors(phase(`Modules: api (${path})`)).map(({ code, range }) => [code, range.start.line])).toEqual([
        ['invalid-path', 4],
      ])
    }
  })

  test('an id of hundreds of digits is refused, and its phase is not in the plan', () => {
    const plan = compile(`## Phases\n### Phase ${'1'.repeat(300)}: A\n### Phase 2: B\n`)
    expect(plan.phases.map(({ id }) => id)).toEqual(['2'])
    expect(plan.diagnostics.map(({ code }) => code)).toContain('invalid-id')
  })
})

describe('no setting can be more than the word it has to be where it reaches a command or a ref', () => {
  test.each(['bin/evil', '@x/y', '-x', '.', '..', 'node; touch x', '$(touch x)', 'a b', 'n\u043ede', 'x'.repeat(101)])(
    'tools: %j',
    (tool) => {
      const text = front(`rounds: 1\ntools: [node, ${JSON.stringify(tool)}]`)
      const [found, ...more] = errors(text)
      expect(more).toEqual([])
      expect(found).toMatchObject({ code: 'wrong-type', message: expect.stringContaining('tools') })
      expect(text.slice(found?.range.start.offset, found?.range.end.offset)).toBe(JSON.stringify(tool))
      expect(found?.hint).toMatch(/node/)
      expect(compile(text).settings.tools).toEqual(['node'])
    },
  )

  test('programs and variables with the names they have are read', () => {
    const { settings, diagnostics } = compile(front('tools: [node, g++, python3.12, clang-format, _x]\nenv: [CI, _A1]'))
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(settings.tools).toEqual(['node', 'g++', 'python3.12', 'clang-format', '_x'])
    expect(settings.env).toEqual(['CI', '_A1'])
  })

  test.each(['1X', 'A-B', 'A=B', '$(x)', 'A;B', 'A*'])('env: %j', (name) => {
    const text = front(`env: [CI, ${JSON.stringify(name)}]`)
    const [found, ...more] = errors(text)
    expect(more).toEqual([])
    expect(found).toMatchObject({ code: 'wrong-type', message: expect.stringContaining('env') })
    expect(text.slice(found?.range.start.offset, found?.range.end.offset)).toBe(JSON.stringify(name))
    expect(found?.hint).toBeDefined()
  })

  test.each([
    '-x',
    '--upload-pack=x',
    'ext::sh -c x',
    'a; touch x',
    '$(touch x)',
    '../elsewhere',
    'a/../../b',
    '/tmp/x',
    'a//b',
    'a.lock',
    'https://user:pass@host/x.git',
  ])('remote: %j', (remote) => {
    const [found, ...more] = errors(front(`remote: ${JSON.stringify(remote)}`))
    expect(more).toEqual([])
    expect(found).toMatchObject({ code: 'wrong-type', message: expect.stringContaining('remote') })
    expect(found?.hint).toMatch(/git remote add/)
    expect(JSON.stringify(found)).not.toContain('pass@')
  })

  test.each(['$(touch x)', 'my lib', "it's", 'a;b', '-x', 'CON', 'x'.repeat(200)])(
    'a spec in a folder called %j gets a name that is one',
    (folder) => {
      const { name } = compile(phase(''), { defaultName: defaultSpecName(`libs/${folder}/.spec/SPEC.md`) })
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]{0,59}$/)
    },
  )

  test('folders with plain names give the names they always gave', () => {
    expect(defaultSpecName('.spec/SPEC.md')).toBe('spec')
    expect(defaultSpecName('libs/My_lib.v2/.spec/SPEC.md')).toBe('My_lib.v2-spec')
    expect(compile(phase(''), { defaultName: 'a;b' }).name).not.toContain(';')
  })

  test.each([
    'redis://h',
    'rediss://u:p@h:1/2',
    'redis+unix:///run/redis.sock?db=1',
    'redis+sentinel://a,b/main',
    'redis+cluster://a:1,b:2',
  ])('redis: %s is read', (url) => {
    expect(compile(front(`redis: ${JSON.stringify(url)}`)).settings.redis).toEqual({ url, mode: 'preferred' })
  })
})

describe('front matter is read within bounds, and every problem has its place', () => {
  test('an alias bomb is refused in well under a second', () => {
    const rows = Array.from(
      { length: 12 },
      (_, row) =>
        `k${row}: &k${row} [${Array.from({ length: 10 }, () => (row === 0 ? 'x' : `*k${row - 1}`)).join(', ')}]`,
    )
    const start = performance.now()
    const found = errors(front(rows.join('\n')))
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(found.map(({ code }) => code)).toContain('too-complex')
  })

  test('an alias that contains itself is refused', () => {
    expect(errors(front('budget: &a { turns: 3, more: *a }')).map(({ code }) => code)).toContain('too-complex')
  })

  test('an alias that is used as it is meant to be is read', () => {
    const plan = compile(front('agent: &a { driver: anthropic, model: m1 }\nagents: { fix-executor: *a }'))
    expect(plan.settings.agents['fix-executor']).toEqual({ driver: 'anthropic', model: 'm1' })
  })

  test('__proto__ is an error at its key, and changes nothing', () => {
    const text = front('rounds: 1\n__proto__: { failFast: true }')
    const [found] = errors(text)
    expect([found?.code, found?.range.start.line, found?.range.start.column]).toEqual(['forbidden-key', 3, 1])
    expect(compile(text).settings.failFast).toBe(false)
    expect(({} as { failFast?: boolean }).failFast).toBeUndefined()
  })

  test('a key that stands twice is an error at the second', () => {
    expect(errors(front('rounds: 1\nrounds: 2')).map(({ code, range }) => [code, range.start.line])).toEqual([
      ['yaml-duplicate-key', 3],
    ])
  })

  test.each([
    ['concurrency: many', 'concurrency'],
    ['concurrency: 0', 'concurrency'],
    ['failFast: perhaps', 'failFast'],
    ['budget: 5', 'budget'],
    ['budget: { turns: -1 }', 'budget.turns'],
    ['testTimeout: 10', 'testTimeout'],
    ['agent: claude', 'agent'],
    ['agent: { driver: magic }', 'agent.driver'],
    ['agent: { driver: command }', 'command'],
    ['env: [PATH, 1X]', 'env'],
    ['remote: "--upload-pack=x"', 'remote'],
    ['redis: { mode: maybe }', 'redis.mode'],
  ])('%s has the wrong type, and the error says what it has to be', (yaml, key) => {
    const [found, ...more] = errors(front(yaml))
    expect(more).toEqual([])
    expect(found?.code).toBe('wrong-type')
    expect(found?.message).toContain(key)
    expect(found?.range.start.line).toBe(2)
  })

  test('a password in a Redis URL is in no message', () => {
    expect(JSON.stringify(compile(front('redis: "http://user:hunter2@host"')).diagnostics)).not.toContain('hunter2')
  })

  test.each([
    ['bugdet: { turns: 1 }', 'budget'],
    ['fail-fast: true', 'failFast'],
    ['test_timeout: 3m', 'testTimeout'],
    ['budget: { turn: 1 }', 'turns'],
    ['agents: { fix-executer: { model: m } }', 'fix-executor'],
  ])('%s: did you mean %s?', (yaml, meant) => {
    const [found] = errors(front(yaml))
    expect(found?.code).toBe('misspelt-setting')
    expect(found?.hint).toBe(`did you mean "${meant}"?`)
  })
})

describe('no text is too long or too nested', () => {
  test.each([
    [
      'ten thousand phases',
      `## Phases\n${Array.from({ length: 3_000 }, (_, index) => `### Phase ${index}: P${index}\n- do\n`).join('')}`,
    ],
    ['an endless list', `## Phases\n### Phase 1: A\n${'- item with *words* in it\n'.repeat(20_000)}`],
    ['an unclosed fence', `## Phases\n### Phase 1: A\n\`\`\`\n${'## Phase 2: B\n'.repeat(20_000)}`],
    ['an unclosed comment', `## Phases\n### Phase 1: A\n\n<!--\n${'## Phase 2: B\n'.repeat(20_000)}`],
    ['thousands of emphasis marks', `## Phases\n### Phase 1: A\n${'*a_'.repeat(15_000)}`],
    ['thousands of brackets', `## Phases\n### Phase 1: ${'('.repeat(20_000)}`],
  ])('%s', (_, text) => {
    const plan = compile(text)
    expect(plan.phases.length).toBeGreaterThan(0)
    expect(plan.phases.some(({ title }) => title === 'B')).toBe(false)
  })

  test('quotes thousands deep are an error, and no crash', { timeout: 300_000 }, () => {
    expect(errors(`## Phases\n### Phase 1: A\n\n${'>'.repeat(50_000)}`).map(({ code }) => code)).toEqual([
      'too-complex',
    ])
  })

  test('the text is cut into pieces for the parser without changing what it says', () => {
    const filler = Array.from(
      { length: 400 },
      (_, index) =>
        `Some words ${index} with a [link][far] and \`code\`.\n\n- item ${index}\n\n  more of it\n\n1. one\n2. two\n`,
    ).join('\n')
    const text = `# T\n\n${filler}\n## Phases\n\n### Phase 1: A\n- See [it][far]\n\n${filler}\n### Phase 2: B\n- b\n\n[far]: https://example.org/far\n`
    const [one, two] = compile(text).phases
    expect(one?.tasks[0]?.text).toBe('See it (https://example.org/far)')
    expect(one?.tasks.length).toBe(1 + 400 * 3)
    expect(two?.tasks.map((task) => text.slice(task.range.start.offset, task.range.end.offset))).toEqual(['b'])
  })
})
