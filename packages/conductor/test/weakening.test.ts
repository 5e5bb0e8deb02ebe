import { type Repository, treeOf, withFiles } from '@nx-conduct/git'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findWeakenings } from '../src/gates/weakening/find-weakenings.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

type Files = Readonly<Record<string, string>>

describe('a change weakens checks', () => {
  let workspace: Workspace
  let repo: Repository
  beforeAll(async () => {
    workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
    repo = (await workspace.open()).workspace.repository
  })
  afterAll(() => workspace.remove())

  const found = async (before: Files, after: Files, base: Files = before) => {
    const head = await treeOf(repo, 'HEAD')
    const tree = (files: Files) => withFiles(repo, head, files)
    return findWeakenings(repo, { before: await tree(before), after: await tree(after), base: await tree(base) })
  }

  const js =
    "test('adds', () => {\n  expect(add(1, 2)).toBe(3)\n})\ntest('subtracts', () => {\n  expect(sub(2, 1)).toBe(1)\n})\n"
  const py = 'def test_adds():\n    assert add(1, 2) == 3\n'
  const go = 'package a\n\nfunc TestAdds(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n'
  const scripts = (test: string) => JSON.stringify({ scripts: { test, start: 'node .' } })

  test.each<[string, Files, Files, string]>([
    [
      'a test is deleted',
      { 'a.test.js': js },
      { 'a.test.js': js.slice(0, js.indexOf("test('sub")) },
      '1 test fewer in a.test.js',
    ],
    ['a file of tests is deleted', { 'test/a.py': py, b: '' }, { b: '' }, '1 test fewer in test/a.py'],
    [
      'a test is commented out',
      { 'a_test.go': go },
      { 'a_test.go': `package a\n/*${go.slice(9)}*/\n` },
      '1 test fewer in a_test.go',
    ],
    [
      'an assertion is taken away',
      { 'a.test.js': js },
      { 'a.test.js': js.replace('  expect(sub(2, 1)).toBe(1)\n', '') },
      '1 assertion fewer in a.test.js',
    ],
    [
      'a test is skipped',
      { 'a.test.js': js },
      { 'a.test.js': js.replace('test(', 'test.skip(') },
      "a.test.js:1: it keeps tests from running: test.skip('adds', () => {",
    ],
    [
      'one test alone runs',
      { 'a.test.js': js },
      { 'a.test.js': js.replace('test(', 'test.only(') },
      "a.test.js:1: it keeps tests from running: test.only('adds', () => {",
    ],
    [
      'a Python test is marked',
      { 'test_a.py': py },
      { 'test_a.py': `@pytest.mark.xfail\n${py}` },
      'test_a.py:1: it keeps tests from running: @pytest.mark.xfail',
    ],
    [
      'a Go test is skipped',
      { 'a_test.go': go },
      { 'a_test.go': go.replace('\tif', '\tt.Skip()\n\tif') },
      'a_test.go:4: it keeps tests from running: t.Skip()',
    ],
    [
      'an assertion cannot fail',
      { 'a.test.js': js },
      { 'a.test.js': js.replace('expect(add(1, 2)).toBe(3)', 'expect(true).toBe(true)') },
      'a.test.js:2: it asserts nothing: expect(true).toBe(true)',
    ],
    [
      'a script does nothing',
      { 'package.json': scripts('vitest run') },
      { 'package.json': scripts('echo ok') },
      'the script test in package.json was `vitest run` and is `echo ok`',
    ],
    [
      'a script runs less',
      { 'package.json': scripts('vitest run') },
      { 'package.json': scripts('vitest run src/a') },
      'the script test in package.json was `vitest run` and is `vitest run src/a`',
    ],
    [
      'a script is gone',
      { 'package.json': scripts('vitest run') },
      { 'package.json': '{}' },
      'the script test is gone from package.json',
    ],
    [
      'a finding is silenced',
      { 'a.ts': 'a\n' },
      { 'a.ts': '// @ts-ignore\na\n' },
      'a.ts:1: it silences a finding: // @ts-ignore',
    ],
    [
      'CI may fail',
      { '.github/workflows/ci.yml': 'a: 1\n' },
      { '.github/workflows/ci.yml': 'a: 1\ncontinue-on-error: true\n' },
      '.github/workflows/ci.yml:2: it lets CI pass: continue-on-error: true',
    ],
    [
      'the runner leaves files out',
      { 'vitest.config.ts': 'a\n' },
      { 'vitest.config.ts': "a\nexclude: ['a.test.js']\n" },
      "vitest.config.ts:2: it changes what the test runner looks at: exclude: ['a.test.js']",
    ],
    [
      'a linter loses its configuration',
      { 'a/eslint.config.js': 'a\n', b: '' },
      { b: '' },
      'a/eslint.config.js: it takes eslint away',
    ],
    [
      'a linter loses its part of a file',
      { 'pyproject.toml': '[project]\n[tool.ruff]\n' },
      { 'pyproject.toml': '[project]\n' },
      'pyproject.toml: it takes ruff away',
    ],
    [
      'a rule is off',
      { 'eslint.config.js': 'a\n' },
      { 'eslint.config.js': "a\n'no-debugger': 'off',\n" },
      "eslint.config.js:2: it loosens the linter or the compiler: 'no-debugger': 'off',",
    ],
  ])('when %s', async (_, before, after, sentence) => {
    expect(await found(before, after)).toEqual([sentence])
  })

  test.each<[string, Files, Files, Files?]>([
    ['code is fixed', { 'a.ts': 'a - b\n', 'a.test.js': js }, { 'a.ts': 'a + b\n', 'a.test.js': js }],
    ['a test is added', { 'a.test.js': js }, { 'a.test.js': `${js}test('more', () => expect(1).toBe(2))\n` }],
    ['a test moves to another file', { 'a.test.js': js }, { 'b/c.test.js': js.replaceAll('add', 'sum') }],
    ['what an assertion expects is put right', { 'a.test.js': js }, { 'a.test.js': js.replace('toBe(3)', 'toBe(4)') }],
    [
      'a script that the phase made is put right',
      { 'package.json': scripts('vitset run') },
      { 'package.json': scripts('vitest run') },
      { 'package.json': '{}' },
    ],
    [
      'a script that checks nothing changes',
      { 'package.json': scripts('vitest run') },
      { 'package.json': scripts('vitest run').replace('node .', 'node a') },
    ],
    ['a linter is configured otherwise', { '.eslintrc': 'a\n' }, { 'eslint.config.js': 'a\n' }],
    ['a text speaks of skipping', { 'a.test.js': js }, { 'a.test.js': `// test.skip() would hide it\n${js}` }],
    ['code that is no test skips', { 'a.ts': 'a\n' }, { 'a.ts': 'queue.skip(); it.only\n' }],
  ])('not when %s', async (_, before, after, base) => {
    expect(await found(before, after, base)).toEqual([])
  })
})

describe('a fix that weakens what it is judged by', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())

  const phase = ['One', '- a', 'Test Command: sh test/run.sh'] as const
  const implement =
    "mkdir -p test; echo 'sh test/a.test.sh && grep -q good a.txt' > test/run.sh; echo true > test/a.test.sh; echo 'test_a = 1' > test/test_a.py; printf 'def test_a():\\n    assert 1\\n' > test/test_a.py; echo bad > a.txt"

  test('is not taken, the next agent is told so, and an honest fix passes', async () => {
    workspace = await Workspace.with({
      spec: specOf(phase),
      agents: {
        implement,
        'fix 1 1': 'rm test/test_a.py; echo good > a.txt',
        'fix 1 2': 'echo good > a.txt',
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('fix-refused')
    expect(await workspace.agents.sessions()).toEqual(['implement 1', 'fix 1 1', 'fix 1 2'])
    const prompt = await workspace.agents.prompt()
    expect(prompt).toContain('Tried before:')
    expect(prompt).toContain('Refused, and not in your worktree: 1 test fewer in test/test_a.py')
    expect(await workspace.read('test/test_a.py')).toContain('def test_a')
  })

  test('is shown where nothing better comes, and taken where the phase allows it', async () => {
    const agents = { implement, fix: 'rm test/test_a.py; echo good > a.txt' }
    workspace = await Workspace.with({ spec: specOf([...phase, '']), agents })
    const run = await workspace.conduct()
    const refused = { refused: ['1 test fewer in test/test_a.py'] }
    expect(run.failures).toMatchObject([
      { id: '1/test', reason: 'escalated', escalation: { attempts: [refused, refused, refused] } },
    ])
    await workspace.remove()
    workspace = await Workspace.with({ spec: specOf([...phase, 'Allow: weaker-checks']), agents })
    const allowed = await workspace.conduct()
    expect(allowed.failures, allowed.text).toEqual([])
  })

  test('is none where a phase adds tests that do not run: they are named, and fail nothing', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: test -f a.test.js']),
      agents: {
        'implement 1': `printf "test('a', () => {\n  expect(f()).toBe(1)\n})\ntest.skip('b', () => {\n  expect(f()).toBe(2)\n})\n" > a.test.js`,
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('tests-skipped')
    expect(run.text).toContain("a.test.js:4: test.skip('b'")
  })
})
