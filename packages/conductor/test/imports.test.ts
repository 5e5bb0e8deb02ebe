import { type Oid, withFiles } from '@nx-conduct/git'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateKind } from '../src/gates/registry.ts'
import { type Files, ImportTrees, manifest } from './rig/import-trees.ts'

let trees: ImportTrees
beforeAll(async () => {
  trees = await ImportTrees.open()
})
afterAll(() => trees.remove())

const found: ImportTrees['found'] = (...of) => trees.found(...of)

type Bad = readonly [name: string, path: string, text: string, around: Files, finding: string]

describe('an import that cannot work is found', () => {
  const hidden = ': nobody wrote it, or a .gitignore hides it'
  const absent = `is not in the tree${hidden}`
  const cases: readonly Bad[] = [
    [
      'a file that nobody wrote',
      'src/a.ts',
      "import { b } from './b'",
      { 'src/b.test.ts': '' },
      `src/a.ts:1: ./b: src/b ${absent}`,
    ],
    ['in an export', 'a.ts', "\nexport * from './b.js'", {}, `a.ts:2: ./b.js: b.js ${absent}`],
    ['in a call', 'a.cjs', "const b = require('./b')", {}, `a.cjs:1: ./b: b ${absent}`],
    ["in TypeScript's own form", 'a.ts', "import b = require('./b')", {}, `a.ts:1: ./b: b ${absent}`],
    ['when it runs', 'a.tsx', "const b = lazy(() => import('./b'))", {}, `a.tsx:1: ./b: b ${absent}`],
    [
      'a script that starts it does not make it',
      'a.test.js',
      "import './server.js'",
      { 'package.json': manifest({ main: 'server.js', scripts: { start: 'node server.js' } }) },
      `a.test.js:1: ./server.js: server.js ${absent}`,
    ],
    [
      'undeclared',
      'packages/a/a.ts',
      "import 'lodash/fp'",
      { 'package.json': manifest({}), 'packages/a/package.json': '{}' },
      'packages/a/a.ts:1: lodash/fp: no package.json declares lodash: add it to the dependencies in packages/a/package.json',
    ],
    [
      'declared beside it',
      'packages/a/a.ts',
      "import 'express'",
      { 'packages/a/package.json': '{}', 'packages/b/package.json': manifest({ name: 'b' }) },
      'packages/a/a.ts:1: express: no package.json declares express: add it to the dependencies in packages/a/package.json',
    ],
    [
      'not exported',
      'packages/a/a.ts',
      "import '@x/b/secret'",
      { 'packages/a/package.json': '{}', 'packages/b/package.json': '{"name":"@x/b","exports":{".":"./i.js"}}' },
      'packages/a/a.ts:1: @x/b/secret: packages/b/package.json exports no "./secret": add it to its "exports"',
    ],
    [
      'exported, and not there',
      'packages/a/a.ts',
      "import '@x/b'",
      {
        'packages/a/package.json': '{}',
        'packages/b/package.json': '{"name":"@x/b","exports":"./src/i.ts"}',
        'packages/b/src/j.ts': '',
      },
      'packages/a/a.ts:1: @x/b: packages/b/package.json exports it as ./src/i.ts, which is not in the tree',
    ],
    [
      'where paths lead',
      'a.ts',
      "import '@lib/x'",
      { 'package.json': '{}', 'tsconfig.json': '{"compilerOptions":{"paths":{"@lib/*":["libs/*"]}}}', 'libs/y.ts': '' },
      `a.ts:1: @lib/x: libs/x ${absent}`,
    ],
    [
      'no name of the package',
      'a.ts',
      "import '#x'",
      { 'package.json': manifest({ imports: { '#y': './y.ts' } }) },
      'a.ts:1: #x: package.json has no "imports" for it: add it there',
    ],

    [
      'a module of Python that nobody wrote',
      'pkg/a.py',
      'from .models import User',
      { 'pkg/__init__.py': '' },
      `pkg/a.py:1: .models: neither pkg/models.py nor a folder pkg/models is in the tree${hidden}`,
    ],
    [
      'taken of a package',
      'app/main.py',
      'from app import routes',
      { 'app/__init__.py': '' },
      `app/main.py:1: app: neither app/routes.py nor a folder app/routes is in the tree${hidden}`,
    ],
    [
      'of the project by its own name',
      'src/own/a.py',
      'from own.models import User',
      {
        'src/own/x.py': '',
        'pyproject.toml': '[project]\nname = "own"\ndependencies = ["flask"]\n',
      },
      `src/own/a.py:1: own.models: neither src/own/models.py nor a folder src/own/models is in the tree${hidden}`,
    ],
    [
      'deep in Python',
      'tests/test_a.py',
      'import os\nimport pkg.core.engine',
      { 'src/pkg/__init__.py': '', 'src/pkg/core/__init__.py': '' },
      `tests/test_a.py:2: pkg.core.engine: neither src/pkg/core/engine.py nor a folder src/pkg/core/engine is in the tree${hidden}`,
    ],
    [
      'undeclared in Python',
      'a.py',
      'import requests',
      { 'pyproject.toml': '[project]\ndependencies = []\n' },
      'a.py:1: requests: no manifest declares requests: add the package that has it to pyproject.toml, or write the module if it is to be one of this project',
    ],

    [
      'a folder of Go that nobody wrote',
      'main.go',
      'package main\n\nimport "example.org/m/b"\n',
      { 'go.mod': 'module example.org/m\n', 'b/b_test.go': 'package b' },
      'main.go:3: example.org/m/b: b holds no .go file that can be imported: nobody wrote it, or a .gitignore hides it',
    ],
    [
      'not required in Go',
      'main.go',
      'package main\n\nimport "github.com/x/y/z"\n',
      { 'go.mod': 'module example.org/m\n\nrequire github.com/x/other v1.0.0\n' },
      'main.go:3: github.com/x/y/z: go.mod requires no module that has it: run `go get github.com/x/y/z`',
    ],
    [
      'where replace leads',
      'main.go',
      'package main\nimport "l.org/l/gone"\n',
      { 'go.mod': 'module m.org/m\nreplace l.org/k => ./l\n' },
      'main.go:2: l.org/l/gone: go.mod requires no module that has it: run `go get l.org/l/gone`',
    ],
  ]
  test.each(cases)('%s', async (_, path, text, around, finding) => {
    expect(await found({ [path]: text }, around)).toEqual([finding])
  })
})

describe('a phase answers for', () => {
  test('the lines that it added or changed, not for those that were there', async () => {
    const before = { 'a.ts': "import './gone'\nimport {\n  b,\n} from './too'\n" }
    expect(await found({ 'a.ts': `${before['a.ts']}const c = 1\n` }, before)).toEqual([])
    const changed = { 'a.ts': before['a.ts'].replace('  b,', '  b,\n  c,') }
    expect(await found(changed, before)).toHaveLength(1)
  })

  test('what it took away and is still imported, in whatever language', async () => {
    const before = {
      'a.ts': "import './b.js'\nimport './never.js'\n",
      'b.ts': '',
      'lib/index.ts': '',
      'c.ts': "import './lib'",
      'pkg/__init__.py': '',
      'pkg/d.py': '',
      'e.py': 'from pkg.d import x',
      'go.mod': 'module m.org/m\n',
      'f/f.go': 'package f',
      'g.go': 'package g\nimport "m.org/m/f"\n',
    }
    const findings = await found(
      { 'b.ts': undefined, 'lib/index.ts': undefined, 'pkg/d.py': undefined, 'f/f.go': undefined },
      before,
    )
    expect(findings.map((finding) => finding.split(': ').slice(0, 2).join(' '))).toEqual([
      'a.ts:1 ./b.js',
      'c.ts:1 ./lib',
      'e.py:1 pkg.d',
      'g.go:2 m.org/m/f',
    ])
    for (const finding of findings) expect(finding).toContain('this phase took it away')
  })

  test('files that it moved away from what they import', async () => {
    const before = { 'src/a.ts': "import './b'\nimport 'undeclared'\n", 'src/b.ts': '', 'package.json': '{}' }
    const after = { 'src/a.ts': undefined, 'deep/a.ts': before['src/a.ts'] }
    expect(await found(after, before)).toEqual([expect.stringContaining('deep/a.ts:1: ./b: deep/b is not in the tree')])
  })
})

test('what the spec has generated counts as there', async () => {
  const after = { 'a.ts': "import './gen/x'", 'a.py': 'from gen import x_pb2', 'gen/__init__.py': '' }
  expect(await found(after)).toHaveLength(2)
  expect(await found(after, {}, ['gen/**'])).toEqual([])
  expect(await found(after, {}, ['gen/*.ts', 'gen/*_pb2.py'])).toEqual([])
})

test('nothing is read of a change without a language that is known, and a tree is listed once', async () => {
  const listed: string[] = []
  const { objects } = trees.context.workspace
  const watched = {
    ...trees.context.workspace,
    objects: { ...objects, files: (tree: Oid) => objects.files(listed[listed.push(tree) - 1] ?? tree) },
  }
  const { repository } = trees.context.workspace
  const base = trees.context.run.base.tree
  const check = gateKind('imports').check({ gate: 'imports', version: 1, rule: '{"generated":[]}', base })
  if (check.kind !== 'tree') throw new Error('the gate reads the tree')
  await check.findings(watched, await withFiles(repository, base, { 'a.md': "import './gone'", 'b.rs': 'use gone;' }))
  expect(listed).toEqual([])
  const tree = await withFiles(repository, base, {
    'a.ts': "import './gone'\nimport './b'",
    'b.ts': "import './c'",
    'c.py': 'import d',
  })
  await check.findings(watched, tree)
  expect(listed.length).toBeLessThanOrEqual(1)
  expect(new Set(listed)).toEqual(new Set([tree]))
})
