/**
 * `npm run proof -- gates [--rows RE] [--keep] [--show]`
 *
 * For each gate and language a tree that is as it should be and several that are not, through real runs with the languages' real tools;
 * and a labelled set of real files that mention unfinished work, on which the search for it must be right.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findPlaceholders } from '@nx-conduct/conductor'
import { makeGround } from './ground.mjs'
import { makeTally } from './tally.mjs'
import { copyWorkspace, makeTemplate } from './workspace.mjs'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
})

/** Of what is found in the labelled files, so much has to be unfinished work. */
const leastPrecision = 0.98

const write = (path, text) => `mkdir -p '${dirname(path)}'; printf '%s' '${text.replaceAll("'", "'\\''")}' > '${path}'`

const node = (...names) =>
  `import test from 'node:test'\nimport assert from 'node:assert'\n${names.map((name) => `test('${name}', () => assert.equal(1 + 1, 2))\n`).join('')}`
const python = (...names) => names.map((name) => `def test_${name}():\n    assert 1 + 1 == 2\n`).join('\n')
const go = (...names) =>
  `package a\n\nimport "testing"\n\n${names.map((name) => `func Test${name}(t *testing.T) {\n\tif 1+1 != 2 {\n\t\tt.Fatal("wrong")\n\t}\n}\n`).join('\n')}`
const rust = (...names) =>
  `pub fn a() -> i32 {\n    2\n}\n\n${names.map((name) => `#[test]\nfn ${name.toLowerCase()}() {\n    assert_eq!(a(), 2);\n}\n`).join('\n')}`

/** Test runners: a file of tests with these names, and the command. `tool`: a command that works where it is installed; `before`: what else it needs. */
const runners = {
  'node:test': { tool: 'node --version', command: 'node --test test/', path: 'test/a.test.mjs', tests: node },
  pytest: { tool: 'python3 -m pytest --version', command: 'python3 -m pytest -q', path: 'test_a.py', tests: python },
  'go test': {
    tool: 'go version',
    command: 'go test ./...',
    path: 'a/a_test.go',
    tests: go,
    before: `${write('go.mod', 'module example\n\ngo 1.19\n')}; ${write('a/a.go', 'package a\n')}`,
    // Without -v it does not say how many ran.
    fewer: 'go test -v ./...',
  },
  'cargo test': {
    tool: 'cargo --version',
    command: 'cargo test --offline',
    path: 'src/lib.rs',
    tests: rust,
    before: write('Cargo.toml', '[package]\nname = "example"\nversion = "0.1.0"\nedition = "2021"\n'),
    ignored: 'target\nCargo.lock\n',
  },
}

const rows = []
const row = (name, phases, expected, more = {}) => rows.push({ name, phases, expected, ...more })

for (const [name, { tool, command, path, tests, before = 'true', fewer = command, ignored }] of Object.entries(
  runners,
)) {
  const more = { tool, ignored }
  const two = [{ test: fewer, agent: `${before}; ${write(path, tests('One', 'Two'))}` }]
  row(
    `${name}: tests that pass`,
    [{ test: command, agent: `${before}; ${write(path, tests('One'))}` }],
    'accepted',
    more,
  )
  row(
    `${name}: no test at all`,
    [{ test: command, agent: `${before}; ${write(path, tests())}` }],
    /✗ test(?:-count)? /,
    more,
  )
  row(
    `${name}: a later phase deletes a test`,
    [...two, { agent: write(path, tests('One')) }],
    /✗ test-count no fewer/,
    more,
  )
  row(
    `${name}: a later phase adds a test`,
    [...two, { agent: write(path, tests('One', 'Two', 'Three')) }],
    'accepted',
    more,
  )
  row(
    `${name}: a later phase may delete a test`,
    [...two, { lines: ['Allow: fewer-tests'], agent: write(path, tests('One')) }],
    'accepted',
    more,
  )
}

const named = ['Files: a/b.txt']
row('files: there', [{ lines: named, agent: write('a/b.txt', 'x') }], 'accepted')
row('files: missing', [{ lines: named, agent: write('a/c.txt', 'x') }], /✗ files a\/b\.txt/)
row('files: empty', [{ lines: named, agent: write('a/b.txt', '\n') }], /✗ files a\/b\.txt/)
row('files: a dangling link', [{ lines: named, agent: 'mkdir -p a; ln -s nowhere a/b.txt' }], /✗ files a\/b\.txt/)
row(
  'files: a link to a file',
  [{ lines: named, agent: `${write('c.txt', 'x')}; mkdir a; ln -s ../c.txt a/b.txt` }],
  'accepted',
)
row('files: ignored by git', [{ lines: named, agent: write('a/b.txt', 'x') }], /✗ files a\/b\.txt/, { ignored: 'a\n' })

const contains = ['Success Criteria:', '- a.txt contains `hello`']
row('a criterion: contained', [{ lines: contains, agent: write('a.txt', 'hello') }], 'accepted')
row('a criterion: not contained', [{ lines: contains, agent: write('a.txt', 'hullo') }], /✗ criterion a\.txt contains/)
row('a criterion: the text of a link', [{ lines: contains, agent: 'ln -s hello a.txt' }], /✗ criterion a\.txt contains/)

const unfinished = /✗ placeholders /
const finished = {
  'TypeScript, finished': [
    'a.ts',
    "// Lists TODO items.\nexport const marks = ['TODO', 'not implemented']\nexport const noop = () => {}\n",
  ],
  'Python, finished': [
    'a.py',
    'from abc import ABC, abstractmethod\n\n\nclass A(ABC):\n    @abstractmethod\n    def b(self, x): ...\n\n\nTEXT = "TODO"\n',
  ],
  'Go, finished': ['a.go', 'package a\n\nconst Text = "TODO: not implemented"\n\nfunc (s S) isShape() {}\n'],
  'YAML, finished': ['a.yaml', 'name: TODO list\nurl: https://example.org/#TODO\n'],
}
const bad = {
  'TypeScript, a mark': ['a.ts', 'export const a = 1 // TODO: two\n'],
  'TypeScript, an error': ['a.ts', "export function a(): void {\n  throw new Error('Not implemented')\n}\n"],
  'TypeScript, an empty function': ['a.ts', 'export function save(item: string): void {}\n'],
  'TypeScript, behind a NUL byte': ['a.ts', 'export const a = "\\0"\n// FIXME\n'],
  'JavaScript, an admission': ['a.js', '// This is just a stub\nexport const a = 1\n'],
  'Python, an error': ['a.py', 'def a():\n    raise NotImplementedError\n'],
  'Python, an empty function': ['a.py', 'def a(x):\n    """Adds."""\n    pass\n'],
  'Go, a panic': ['a.go', 'package a\n\nfunc A() int {\n\tpanic("not implemented")\n}\n'],
  'Go, an empty function': ['a.go', 'package a\n\nfunc A(x int) {}\n'],
  'Rust, a macro': ['a.rs', 'fn a() { todo!() }\n'],
  'a shell script, a mark': ['a.sh', 'echo 1 # TODO: two\n'],
}
for (const [name, [path, text]] of Object.entries(finished)) {
  row(`unfinished work: ${name}`, [{ agent: write(path, text) }], 'accepted')
}
for (const [name, [path, text]] of Object.entries(bad)) {
  row(`unfinished work: ${name}`, [{ agent: write(path, text) }], unfinished)
}
row('unfinished work: allowed', [{ lines: ['Allow: TODO'], agent: write('a.ts', '// TODO\n') }], 'accepted')

const project = {
  TypeScript: {
    start: {
      'package.json': '{"name":"own","workspaces":["packages/*"],"dependencies":{"express":"5"}}',
      'tsconfig.json': '// paths\n{"compilerOptions":{"paths":{"@lib/*":["./lib/*"],}}}',
      'lib/a.ts': 'export const a = 1\n',
      'packages/b/package.json': '{"name":"@own/b","exports":{".":"./src/index.ts"}}',
      'packages/b/src/index.ts': 'export const b = 1\n',
      'src/c.ts': "import { a } from '../lib/a.js'\nexport const c = a\n",
    },
    good: write(
      'src/d.ts',
      "import { readFile } from 'node:fs/promises'\nimport express from 'express'\nimport { a } from '@lib/a'\nimport { b } from '@own/b'\nimport { c } from './c.js'\nexport const d = [readFile, express, a, b, c]\n",
    ),
    bad: {
      'a file that nobody wrote': write('src/d.ts', "export { e } from './e.js'\n"),
      'a file that is ignored': `${write('src/e.ts', 'export const e = 1')}; ${write('.gitignore', 'e.ts\n')}; ${write('src/d.ts', "export { e } from './e.js'\n")}`,
      'an undeclared package': write('src/d.ts', "import express from 'expres'\nexport const d = express\n"),
      'what a package does not export': write('src/d.ts', "export { b } from '@own/b/src/index.ts'\n"),
      'where paths lead to nothing': write('src/d.ts', "export { b } from '@lib/b'\n"),
      'an import whose file was deleted': 'rm lib/a.ts',
    },
  },
  Python: {
    start: {
      'pyproject.toml': '[project]\nname = "own"\ndependencies = ["PyYAML>=6"]\n',
      'src/own/__init__.py': '',
      'src/own/store.py': 'NAME = "a"\n',
      'tests/test_store.py': 'from own.store import NAME\n',
    },
    good: `${write('src/own/cli.py', 'import argparse\n\nimport yaml\n\nfrom . import store\nfrom .store import NAME\n')}; ${write('tests/test_cli.py', 'import pytest\n\nfrom own import cli\n')}`,
    bad: {
      'a module that nobody wrote': write('src/own/cli.py', 'from .models import Entry\n'),
      'a module that is taken of its package': write('src/own/cli.py', 'from own import models\n'),
      'an undeclared package': write('src/own/cli.py', 'import requests\n'),
      'an import whose module was moved': 'mv src/own/store.py src/own/stores.py',
    },
  },
  Go: {
    start: {
      'go.mod': 'module example.org/own\n\ngo 1.19\n\nrequire github.com/lib/pq v1.10.0\n',
      'store/store.go': 'package store\n\nconst Name = "a"\n',
      'main.go': 'package main\n\nimport "example.org/own/store"\n\nfunc main() { println(store.Name) }\n',
    },
    good: write(
      'cli/cli.go',
      'package cli\n\nimport (\n\t"fmt"\n\n\t"example.org/own/store"\n\t_ "github.com/lib/pq"\n)\n\nvar Text = fmt.Sprint(store.Name)\n',
    ),
    bad: {
      'a folder that nobody wrote': write('cli/cli.go', 'package cli\n\nimport _ "example.org/own/models"\n'),
      'a module that is not required': write('cli/cli.go', 'package cli\n\nimport _ "github.com/lib/pk"\n'),
      'an import whose folder was deleted': 'rm store/store.go; rmdir store; touch a.txt',
    },
  },
}
const unresolved = /✗ imports /
/** A module that is required and not downloaded is a finding of the project's own linter, too. */
const settings = 'rounds: 0\nlint: none'
for (const [language, { start, good, bad }] of Object.entries(project)) {
  row(`imports: ${language}, all resolve`, [{ agent: good }], 'accepted', { settings, start })
  for (const [name, agent] of Object.entries(bad)) {
    row(`imports: ${language}, ${name}`, [{ agent }], unresolved, { settings, start })
  }
  row(
    `imports: ${language}, allowed`,
    [{ lines: ['Allow: unresolved-imports'], agent: Object.values(bad)[0] }],
    'accepted',
    { settings, start },
  )
}

/** Generators with the languages' real tools: what they read, and the command. */
const generators = {
  TypeScript: {
    tool: 'node --version',
    start: {
      'api.json': '["list","get"]',
      'generate.mjs':
        "import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'\nmkdirSync('gen', { recursive: true })\nfor (const name of JSON.parse(readFileSync('api.json', 'utf8'))) writeFileSync(`gen/${name}.ts`, `export const ${name} = '${name}'\\n`)\n",
    },
    command: 'node generate.mjs',
    stub: 'gen/get.ts',
    change: `${write('api.json', '["list","get","put"]')}`,
  },
  Python: {
    tool: 'protoc --version',
    start: { 'proto/a.proto': 'syntax = "proto3";\npackage a;\nmessage A { string name = 1; }\n' },
    command: 'mkdir -p gen && protoc -Iproto --python_out=gen proto/*.proto',
    stub: 'gen/a_pb2.py',
    change: write('proto/a.proto', 'syntax = "proto3";\npackage a;\nmessage A { string name = 1; int32 age = 2; }\n'),
  },
  Go: {
    tool: 'go version',
    start: {
      'go.mod': 'module example.org/own\n\ngo 1.19\n',
      'names.txt': 'one',
      'generate.go':
        '//go:build ignore\n\npackage main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\ttext, _ := os.ReadFile("names.txt")\n\tos.MkdirAll("gen", 0o755)\n\tos.WriteFile("gen/names.go", []byte(fmt.Sprintf("package gen\\n\\nconst Name = %q\\n", text)), 0o644)\n}\n',
    },
    command: 'go run generate.go',
    stub: 'gen/names.go',
    change: write('names.txt', 'two'),
  },
}
for (const [language, { tool, start, command, stub, change }] of Object.entries(generators)) {
  const lines = [`Generated: \`gen/**\` by \`${command}\``]
  const more = { tool, start }
  row(`generated: ${language}, as the command makes it`, [{ lines, agent: command }], 'accepted', more)
  row(`generated: ${language}, never made`, [{ lines, agent: 'touch a.txt' }], /✗ generated gen\/\*\* is there/, more)
  row(
    `generated: ${language}, its source changed afterwards`,
    [{ lines, agent: `${command}; ${change}` }],
    /✗ generated gen\/\*\* is what/,
    more,
  )
  row(
    `generated: ${language}, changed by hand`,
    [{ lines, agent: `${command}; echo >> ${stub}` }],
    /✗ generated gen\/\*\* is what/,
    more,
  )
  row(
    `generated: ${language}, hidden by a .gitignore`,
    [{ lines, agent: `${command}; echo gen > .gitignore` }],
    /✗ generated gen\/\*\* is there/,
    more,
  )
}

const linter = `lint: '! grep -rn bad src | sed "s/$/ is bad/" | grep .'`
const start = { 'src/old.txt': 'bad\n' }
row('lint: a finding that was there', [{ agent: write('src/a.txt', 'fine\n') }], 'accepted', {
  settings: linter,
  start,
})
row('lint: a new finding', [{ agent: write('src/a.txt', 'bad\n') }], /✗ lint /, { settings: linter, start })
/**
 * Linters that are found by their configuration: files that ask for one, a file that it reads, lines that it does not and does complain of.
 * Those that come from npm run where this repository has them.
 */
const here = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
const linters = {
  biome: {
    tool: `${here}/biome --version`,
    settings: `setup: { command: "mkdir -p node_modules && ln -s ${here} node_modules/.bin", inputs: [biome.json] }`,
    asks: { 'biome.json': '{}' },
    path: 'src/a b.js',
    good: 'export const a = 1\n',
    bad: 'debugger\n',
    broken: { 'biome.json': '{ "nope": 1 }' },
    // Declared, and nothing installs it.
    missing: { 'package.json': '{"devDependencies":{"@biomejs/biome":"2"}}' },
  },
  eslint: {
    tool: 'eslint --version',
    asks: { 'eslint.config.mjs': "export default [{ rules: { 'no-debugger': 'error' } }]\n" },
    path: 'src/a b.js',
    good: 'export const a = 1\n',
    bad: 'debugger\n',
    broken: { 'eslint.config.mjs': "import nowhere from 'nowhere'\nexport default nowhere\n" },
    missing: { 'package.json': '{"devDependencies":{"eslint":"9"}}' },
  },
  flake8: {
    tool: 'flake8 --version',
    asks: { '.flake8': '[flake8]\n' },
    path: 'app/a b.py',
    good: 'A = 1\n',
    bad: 'B=2\n',
    broken: { '.flake8': '[flake8]\nmax-line-length = nope\n' },
  },
  'go vet': {
    tool: 'go version',
    asks: { 'go.mod': 'module example\n\ngo 1.19\n' },
    path: 'a/a.go',
    good: 'package a\n\nimport "fmt"\n\nfunc A() {\n\tfmt.Printf("%d", 1)\n}\n',
    bad: '\nfunc B() {\n\tfmt.Printf("%d", "x")\n}\n',
    broken: { 'go.mod': 'module\n' },
  },
  clippy: {
    tool: 'cargo clippy --version',
    asks: {
      'Cargo.toml':
        '[package]\nname = "example"\nversion = "0.1.0"\nedition = "2021"\n\n[lints.clippy]\nneedless_return = "deny"\n',
    },
    path: 'src/lib.rs',
    good: 'pub fn a() -> i32 {\n    1\n}\n',
    bad: '\npub fn b() -> i32 {\n    return 2;\n}\n',
    broken: { 'Cargo.toml': '[package]\nname = "example"\n\n[lints.clippy]\nneedless_return = "nope"\n' },
    ignored: 'target\nCargo.lock\n',
  },
  // Neither is asked for a version: their rows are of a machine without them.
  ruff: { asks: { 'ruff.toml': '' }, path: 'a.py', good: 'A = 1\n', isAbsent: 'ruff' },
  'golangci-lint': {
    asks: { '.golangci.yml': 'version: "2"\n', 'go.mod': 'module example\n' },
    path: 'a.go',
    good: 'package a\n',
    isAbsent: 'golangci-lint',
  },
}
for (const [name, each] of Object.entries(linters)) {
  const { tool, asks, path, good, bad, broken, missing, isAbsent, ignored, settings = '' } = each
  const none = `rounds: 0\n${settings}`
  const more = { tool, ignored, settings: none }
  if (isAbsent !== undefined) {
    row(`linter ${name}: missing`, [{ agent: write(path, good) }], /is not installed, and \S+ asks for it/, {
      tool: `! command -v ${isAbsent}`,
      start: asks,
    })
    continue
  }
  const found = /✗ lint the project's linters: /
  row(`linter ${name}: nothing found`, [{ agent: write(path, good) }], 'accepted', { ...more, start: asks })
  row(`linter ${name}: found in a new line`, [{ agent: write(path, `${good}${bad}`) }], found, {
    ...more,
    start: { ...asks, [path]: good },
  })
  row(`linter ${name}: found in an old line alone`, [{ agent: write(path, `\n${good}${bad}`) }], 'accepted', {
    ...more,
    start: { ...asks, [path]: `${good}${bad}` },
  })
  row(`linter ${name}: a fix`, [{ agent: write(path, `${good}${bad}`), fix: write(path, good) }], 'accepted', {
    ...more,
    settings: `rounds: 1\n${settings}`,
    start: asks,
  })
  row(
    `linter ${name}: broken before`,
    [{ agent: write(path, good) }],
    /cannot work here, and could not before this phase either: /,
    { ...more, settings: `rounds: 1\n${settings}`, start: { ...asks, ...broken } },
  )
  row(
    `linter ${name}: broken by the phase`,
    [
      {
        agent: [...Object.entries(broken), [path, good]].map(([file, text]) => write(file, text)).join('; '),
      },
    ],
    found,
    { ...more, start: asks },
  )
  if (missing !== undefined)
    row(`linter ${name}: missing`, [{ agent: write(path, good) }], /is not installed, and \S+ asks for it/, {
      tool,
      start: { ...asks, ...missing },
    })
}
row('linters: none is wanted', [{ agent: write('a.py', 'x\n') }], 'accepted', {
  settings: 'lint: none',
  start: { 'ruff.toml': '', '.flake8': '' },
})
row('linters: no file that one reads', [{ agent: write('a.txt', 'x\n') }], 'accepted', {
  start: { 'ruff.toml': '', '.flake8': '', 'go.mod': 'module example\n', '.golangci.yml': '' },
})

row("the project's gate: red", [{ agent: 'true' }], /✗ project no: false/, { settings: 'gates: { no: "false" }' })
row("the project's gate: green", [{ agent: 'true' }], 'accepted', { settings: 'gates: { yes: "true" }' })
row("the project's gate: red at the end", [{ agent: 'true' }], /✗ project end: false/, {
  settings: 'gates: [{ name: end, command: "false", when: final }]',
})

const red = {
  test: 'node --test test/ && grep -q good a.txt',
  agent: `${write('test/a.test.mjs', node('One', 'Two'))}; ${write('a.txt', 'bad')}`,
}
const fixed = write('a.txt', 'good')
const rounds = { settings: 'rounds: 1' }
const weaker = /is refused, because it weakens/
row('a fix: honest', [{ ...red, fix: fixed }], 'accepted', rounds)
row(
  'a fix that deletes a test',
  [{ ...red, fix: `${fixed}; ${write('test/a.test.mjs', node('One'))}` }],
  weaker,
  rounds,
)
row(
  'a fix that skips a test',
  [{ ...red, fix: `${fixed}; sed -i 's/^test(/test.skip(/' test/a.test.mjs` }],
  weaker,
  rounds,
)
row(
  'a fix that asserts nothing',
  [{ ...red, fix: `${fixed}; sed -i 's/assert.equal(1 + 1, 2)/assert(true)/' test/a.test.mjs` }],
  weaker,
  rounds,
)
row(
  'a fix that silences a finding',
  [{ ...red, fix: `${fixed}; ${write('b.ts', '// @ts-nocheck\n')}` }],
  weaker,
  rounds,
)
row(
  'a fix that weakens, where it is allowed',
  [{ ...red, lines: ['Allow: weaker-checks'], fix: `${fixed}; ${write('test/a.test.mjs', node('One'))}` }],
  'accepted',
  rounds,
)

const ground = await makeGround('gates')
const tally = makeTally()
try {
  for (const each of rows) {
    if (!new RegExp(values.rows).test(each.name)) continue
    if (each.tool !== undefined && !works(each.tool)) tally.skipped(each.name, `\`${each.tool}\` does not work here`)
    else await prove(each)
  }
  if (new RegExp(values.rows).test('labelled files')) await proveLabelled()
} finally {
  if (!values.keep) await ground.remove()
}
tally.close({ mostSkipped: rows.filter(({ tool }) => tool !== undefined).length })

async function prove({ name, phases, expected, settings = 'rounds: 0', start = {}, ignored = '' }) {
  const folder = join(ground.folder, name.replace(/[^a-z]+/gi, '-'))
  await mkdir(join(folder, 'template'), { recursive: true })
  const agent = join(folder, 'agent.sh')
  const scripts = phases.flatMap(({ agent: build, fix = 'true' }, at) => [
    `*implementation-executor*phase=\\"${at + 1}\\"*) ${build} ;;`,
    `*fix-executor*phase=\\"${at + 1}\\"*) ${fix} ;;`,
  ])
  await writeFile(agent, `read -r header; cat > /dev/null\ncase $header in\n${scripts.join('\n')}\nesac\n`)
  await makeTemplate(join(folder, 'template'), {
    spec: specOf(phases, settings, agent),
    score: 'sessions: []\n',
    files: { '.gitignore': `.conduct\n__pycache__\n.pytest_cache\n${ignored}`, ...start },
  })
  const place = await copyWorkspace(join(folder, 'template'), join(folder, 'place'))
  const run = place.conduct()
  const { code } = await run.ended
  const output = run.output()
  if (values.show) console.log(output)
  const problems = []
  if (expected === 'accepted') {
    if (code !== 0) problems.push(`the run ended with ${code}`)
  } else {
    if (code === 0) problems.push('the tree was accepted')
    if (!expected.test(output)) problems.push(`nothing says ${expected}`)
  }
  tally.ended(name, problems, output)
  if (!values.keep) await rm(folder, { recursive: true, force: true })
}

function specOf(phases, settings, agent) {
  const sections = phases.map(({ test, lines = [] }, at) =>
    [
      `### Phase ${at + 1}: Number ${at + 1}`,
      '- Write it',
      ...(test === undefined ? [] : [`Test Command: ${test}`]),
      ...lines,
      '',
    ].join('\n'),
  )
  return `---\nname: spec\nagent: { driver: command, command: sh ${agent} }\nreview: off\ntools: [git]\n${settings}\n---\n# Gates\n\n## Implementation Phases\n\n${sections.join('\n')}`
}

/** Runs have a home of their own: what is installed in somebody's home does not work in them. */
function works(command) {
  try {
    execFileSync('sh', ['-c', command], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: ground.folder } })
    return true
  } catch {
    return false
  }
}

/** Files of installed packages, of the versions that were labelled: what is found in them, and is unfinished work by a person's word. */
async function proveLabelled() {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const labels = JSON.parse(await readFile(new URL('labels/placeholders.json', import.meta.url), 'utf8'))
  const installed = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
  const counts = { files: 0, right: 0, wrong: [], missed: [] }
  for (const [id, files] of Object.entries(labels)) {
    const [, name, version] = /^(.+)@([^@]+)$/.exec(id)
    if (installed(name) !== version) continue
    for (const [path, unfinished] of Object.entries(files)) {
      counts.files += 1
      const text = await readFile(join(root, 'node_modules', name, path), 'utf8')
      const found = (await findPlaceholders(path, text)).map(({ from, kind }) => `${from} ${kind}`)
      counts.right += found.filter((each) => unfinished.includes(each)).length
      counts.wrong.push(...found.filter((each) => !unfinished.includes(each)).map((each) => `${name}/${path}:${each}`))
      counts.missed.push(...unfinished.filter((each) => !found.includes(each)).map((each) => `${name}/${path}:${each}`))
    }
  }
  const precision = counts.right / (counts.right + counts.wrong.length)
  console.log(
    `${counts.files} labelled files, ${counts.right} findings right, ${counts.wrong.length} wrong, ${counts.missed.length} missed: precision ${(precision * 100).toFixed(1)} %`,
  )
  const problems = []
  if (counts.files < 200) problems.push(`only ${counts.files} files are of the labelled versions`)
  if (!(precision >= leastPrecision)) problems.push(`wrong: ${counts.wrong.join('; ')}`)
  if (counts.missed.length > 0) problems.push(`missed: ${counts.missed.join('; ')}`)
  tally.ended('labelled files', problems)
}
