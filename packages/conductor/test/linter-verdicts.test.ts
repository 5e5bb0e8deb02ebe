import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import type { Verdict } from '../src/gates/derived-command.ts'
import { type Files, LintTrees } from './rig/lint-trees.ts'

const trees = new LintTrees()
afterAll(() => trees.remove())

const recorded = (name: string) => readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8')

/** What the linter of a configuration says of lines that the phase changed, when it prints what was recorded. */
async function judged(
  name: string,
  exitCode: number,
  { base, changed, more = {} }: { base: Files; changed: Files; more?: object },
): Promise<Verdict | undefined> {
  const { context, commands } = await trees.commandsFor(changed, { base })
  const output = recorded(name)
  const ended = { exitCode, output, isCut: false, timedOutMs: undefined, folder: '/srv/checkout', ...more }
  return commands[0]?.judge(context, ended)
}

describe('of what was recorded, findings in changed lines count', () => {
  const script = 'var unused = 1\ndebugger\nif (unused == 2) debugger\n'
  const broken = { 'src/broken.js': 'let x = {\n' }
  const rust = 'pub fn a() -> i32 {\n    let x = 1;\n    return 2;\n}\n'
  const main = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tos.Remove("x")\n\n\n\tfmt.Printf("%d\\n", "x")\n}\n'
  const python = 'import os\n\n\ndef a( x):\n    return x\n'
  /** File in which it found something, and its text; lines that the phase changed, by what is there without it; findings. */
  interface Case {
    readonly code: number
    readonly base: Files
    readonly path: string
    readonly text: string
    /** Text of the file before. */
    readonly before: string
    readonly more?: Files
    readonly found: readonly string[]
  }
  const cases: Readonly<Record<string, Case>> = {
    'eslint-9.39': {
      code: 1,
      base: { 'eslint.config.js': '', 'src/broken.js': 'let x\n' },
      path: 'src/sp ace/a b.js',
      text: script,
      before: 'var unused = 1\n',
      more: broken,
      found: [
        'src/broken.js:2: error  Parsing error: Unexpected token',
        "src/sp ace/a b.js:2: error    Unexpected 'debugger' statement              no-debugger",
      ],
    },
    'eslint-8.57': {
      code: 1,
      base: { '.eslintrc': '{}' },
      path: 'src/sp ace/a b.js',
      text: script,
      before: 'debugger\n',
      found: [],
    },
    'biome-2.6': {
      code: 1,
      base: { 'biome.json': '{}', 'src/broken.js': 'let x\n' },
      path: 'src/a b.js',
      text: script,
      before: script.replace('if', 'while'),
      more: broken,
      found: [
        'src/a b.js:3: lint/suspicious/noDoubleEquals: Using == may be unsafe if you are relying on type coercion.',
        'src/a b.js:3: lint/suspicious/noDebugger: This is an unexpected use of the debugger statement.',
        'src/broken.js:2: parse: expected `}` but instead the file ends',
      ],
    },
    'ruff-0.15': {
      code: 1,
      base: { 'ruff.toml': '' },
      path: 'app/a.py',
      text: python,
      before: python.replace('a( x)', 'a(x)'),
      more: { 'app/broken.py': 'def a(\n' },
      found: [
        'app/a.py:4: E741 Ambiguous variable name: `l`',
        'app/broken.py:1: invalid-syntax: Expected a parameter or the end of the parameter list',
      ],
    },
    'flake8-5.0': {
      code: 1,
      base: { '.flake8': '' },
      path: 'app/a b.py',
      text: python,
      before: python.replace('import os', 'import sys'),
      found: ["app/a b.py:1: F401 'os' imported but unused"],
    },
    'go-vet-1.19': {
      code: 2,
      base: { 'go.mod': 'module example' },
      path: 'sub/a.go',
      text: 'package a\n\nimport "fmt"\n\nfunc A() {\n\tfmt.Printf("%d", "x")\n}\n',
      before: 'package a\n\nimport "fmt"\n\nfunc A() {\n}\n',
      found: ['sub/a.go:6: fmt.Printf format %d has arg "x" of wrong type string'],
    },
    'go-vet-1.19-type-error': {
      code: 2,
      base: { 'go.mod': 'module example' },
      path: 'sub/a.go',
      text: 'package a\n\nfunc A() {\n\tb()\n}\n',
      before: 'package a\n\nfunc A() {\n}\n',
      found: ['sub/a.go:4: undeclared name: b'],
    },
    'golangci-lint-2': {
      code: 1,
      base: { '.golangci.yml': 'version: "2"' },
      path: 'cmd/main.go',
      text: main,
      before: main.replace('%d', '%s'),
      found: ['cmd/main.go:9: printf: fmt.Printf format %d has arg "x" of wrong type string (govet)'],
    },
    'golangci-lint-1': {
      code: 1,
      base: { '.golangci.yml': '' },
      path: 'cmd/main.go',
      text: main,
      before: main.replace('os.Remove', 'remove'),
      found: ['cmd/main.go:6: Error return value of `os.Remove` is not checked (errcheck)'],
    },
    'clippy-1.95': {
      code: 101,
      base: { 'Cargo.toml': '[package]\n[lints.clippy]\n' },
      path: 'src/lib.rs',
      text: rust,
      before: rust.replace('return 2;', '2'),
      found: ['src/lib.rs:3: error: unneeded `return` statement'],
    },
  }
  test.each(Object.entries(cases))('%s', async (name, { code, base, path, text, before, more = {}, found }) => {
    const verdict = await judged(name, code, { base: { ...base, [path]: before }, changed: { [path]: text, ...more } })
    const lines = verdict?.kind === 'failed' ? verdict.output.split('\n').filter((line) => !line.startsWith('(')) : []
    expect(verdict?.kind).toBe(found.length === 0 ? 'passed' : 'failed')
    expect(lines).toEqual(found)
  })

  test.each(Object.entries(cases))('%s: none does where the phase changed other files', async (name, each) => {
    const { code, base, path, text, more = {} } = each
    const other = path.replace(/[^/]*\./, 'other.')
    const verdict = await judged(name, code, { base: { ...base, ...more, [path]: text }, changed: { [other]: 'x\n' } })
    expect(verdict).toEqual({ kind: 'passed' })
  })
})

describe('a linter that could not work is no linter that found nothing', () => {
  const js = { 'src/a.js': 'x\n' }
  test.each<[string, number, Files, Files, string]>([
    ['eslint-9.39-no-plugin', 2, { 'eslint.config.js': '' }, js, 'could not find plugin "nope"'],
    ['eslint-9.39-no-package', 2, { 'eslint.config.mjs': '' }, js, "Cannot find package 'nope-plugin'"],
    ['eslint-8.57-no-config', 2, { '.eslintrc.json': '{}' }, js, 'couldn\'t find the config "nope"'],
    ['biome-2.6-bad-config', 1, { 'biome.json': '{}' }, { ...js, 'biome.json': '{ }' }, 'Found an unknown key `nope`'],
    ['ruff-0.15-bad-config', 2, { 'ruff.toml': '' }, { 'a.py': 'x\n' }, 'Failed to load configuration'],
    ['flake8-5.0-bad-config', 1, { '.flake8': '' }, { 'a.py': 'x\n' }, 'ValueError: invalid literal'],
    [
      'go-vet-1.19-no-package',
      1,
      { 'go.mod': '', 'sub/a.go': 'package a\n\nimport "example.org/none"\n' },
      { 'sub/b.go': 'x\n' },
      'no required module provides package',
    ],
    ['go-vet-1.19-bad-module', 1, { 'go.mod': '' }, { 'a.go': 'x\n', 'go.mod': 'module\n' }, 'errors parsing go.mod'],
    ['golangci-lint-2-bad-config', 3, { '.golangci.yml': '' }, { 'a.go': 'x\n' }, 'unsupported version'],
    [
      'clippy-1.95-bad-manifest',
      101,
      { 'Cargo.toml': '[package]\n[lints.clippy]\n' },
      { 'src/lib.rs': 'x\n', 'Cargo.toml': '[package]\nname = "x"\n[lints.clippy]\n' },
      'unclosed table',
    ],
  ])('%s', async (name, exitCode, base, changed, reason) => {
    const verdict = await judged(name, exitCode, { base, changed })
    expect(verdict).toMatchObject({
      kind: 'unable',
      output: expect.stringContaining(reason.slice(0, 12)),
      ifBefore: {
        what: expect.stringMatching(/ cannot work here, and could not before this phase either: /),
        next: expect.stringContaining(`fix ${Object.keys(base)[0]} `),
      },
    })
    expect(verdict?.kind === 'unable' && verdict.ifBefore.what).toContain(reason)
  })

  test('one that has no files to read passes', async () => {
    const none = await judged('golangci-lint-2', 5, { base: { '.golangci.yml': '' }, changed: { 'a.go': 'x\n' } })
    expect(none).toEqual({ kind: 'passed' })
  })

  test('one that does not end, and one that prints more than is read, need a person', async () => {
    const of = { base: { 'biome.json': '{}', 'src/a b.js': '\n' }, changed: { 'src/c.js': 'x\n' } }
    expect(await judged('biome-2.6', 1, { ...of, more: { timedOutMs: 60_000 } })).toMatchObject({
      kind: 'fault',
      fault: { what: 'biome did not end within 1 min 0 s, and biome.json asks for it' },
    })
    expect(await judged('biome-2.6', 1, { ...of, more: { isCut: true } })).toMatchObject({
      kind: 'fault',
      fault: { what: expect.stringContaining('cannot be read to the end') },
    })
  })
})
