import { type Oid, withFiles } from '@nx-conduct/git'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateKind } from '../src/gates/registry.ts'
import type { RunContext } from '../src/run/context.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

type Files = Readonly<Record<string, string | undefined>>

let workspace: Workspace
let context: RunContext
beforeAll(async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  context = await workspace.open()
})
afterAll(() => workspace.remove())

/** What the gate finds in a tree with `after`, of a phase that started from one with `before`. */
async function found(after: Files, before: Files = {}, generated: readonly string[] = []): Promise<readonly string[]> {
  const { repository } = context.workspace
  const base: Oid = await withFiles(repository, context.run.base.tree, before)
  const rule = JSON.stringify({ generated })
  const check = gateKind('imports').check({ gate: 'imports', version: 1, rule, base })
  if (check.kind !== 'tree') throw new Error('the gate reads the tree')
  return check.findings(context.workspace, await withFiles(repository, base, after))
}

const manifest = (more: object) => JSON.stringify({ name: 'own', dependencies: { express: '1' }, ...more })

/** A file with these lines, and what is around it. */
type Case = readonly [name: string, path: string, text: string, around?: Files]

type Bad = readonly [name: string, path: string, text: string, around: Files, finding: string]

describe('an import that resolves is no finding', () => {
  const cases: readonly Case[] = [
    [
      'relative',
      'src/a.ts',
      "import './b'\nimport './c.js'\nimport './d'\nimport './e.tsx'",
      {
        'src/b.ts': '',
        'src/c.ts': '',
        'src/d/index.tsx': '',
        'src/e.tsx': '',
      },
    ],
    ['of a platform', 'a.tsx', "import './b'", { 'b.ios.tsx': '' }],
    ['an asset with a query', 'a.ts', "import x from './b.svg?raw'\nimport './c.css'", { 'b.svg': '', 'c.css': '' }],
    [
      'declared',
      'src/a.ts',
      "import 'express/lib/x'\nimport 'node:fs'\nimport 'fs/promises'",
      { 'package.json': manifest({}) },
    ],
    [
      'declared above',
      'packages/a/a.ts',
      "import 'express'",
      { 'package.json': manifest({}), 'packages/a/package.json': '{}' },
    ],
    [
      'types alone',
      'a.ts',
      "import type { Node } from 'estree'",
      { 'package.json': manifest({ devDependencies: { '@types/estree': '1' } }) },
    ],
    [
      'of the package itself',
      'a.js',
      "import 'own/b'",
      { 'package.json': manifest({ exports: { './b': './src/b.js' } }), 'src/b.js': '' },
    ],
    [
      'of a workspace',
      'packages/a/a.ts',
      "import '@x/b'\nimport '@x/b/deep/c'\nimport '@x/b/built'",
      {
        'package.json': manifest({ workspaces: ['packages/*'] }),
        'packages/b/package.json':
          '{"name":"@x/b","exports":{".":{"types":"./src/index.ts","default":"./dist/index.js"},"./deep/*":"./src/*.ts","./built":"./dist/x.js"}}',
        'packages/b/src/index.ts': '',
        'packages/b/src/c.ts': '',
      },
    ],
    [
      'paths of a configuration with comments that another extends',
      'apps/a/src/a.ts',
      "import '@lib/x'\nimport 'deep/y'",
      {
        'package.json': manifest({}),
        'tsconfig.base.json': '// all\n{ "compilerOptions": { "paths": { "@lib/*": ["./libs/*/src/index.ts",], } } }',
        'apps/a/tsconfig.json': '{ "extends": "../../tsconfig.base.json", "compilerOptions": { "baseUrl": "src" } }',
        'libs/x/src/index.ts': '',
        'apps/a/src/deep/y.ts': '',
      },
    ],
    [
      'a name of the package',
      'a.ts',
      "import '#b'\nimport '#c/d.js'",
      {
        'package.json': manifest({ imports: { '#b': './src/b.ts', '#c/*': './src/*' } }),
        'src/b.ts': '',
        'src/d.ts': '',
      },
    ],
    [
      'virtual, a URL or an alias of a tool',
      'a.ts',
      "import 'virtual:x'\nimport 'astro:content'\nimport 'bun:test'\nimport '$lib/x'\nimport '~/x'\nimport '@/x'\nimport 'https://x.org/y.js'\nimport '!!raw-loader!./x'\nimport '/x.js'\nimport 'shared/x'",
      {
        'package.json': manifest({}),
        'vite.config.ts': "export default { resolve: { alias: { shared: '../x' } } }",
      },
    ],
    [
      'declared by a declaration',
      'a.ts',
      "import 'legacy'",
      { 'package.json': manifest({}), 'types.d.ts': "declare module 'legacy'" },
    ],
    [
      'computed or optional',
      'a.cjs',
      "require(x)\nrequire('./' + x)\nimport(`./${x}`)\ntry { require('./gone') } catch {}\nimport('gone').catch(() => 0)\nfunction f(require) { require('./gone') }",
      { 'package.json': manifest({}) },
    ],
    [
      'built, as a configuration or a manifest says',
      'test/a.ts',
      "import '../lib/x.js'\nimport '../made/y.js'\nimport '../src/version.js'",
      {
        'package.json': manifest({ main: 'made/index.js', scripts: { build: 'tsc && node make.js > src/version.ts' } }),
        'tsconfig.json': '{"compilerOptions":{"outDir":"lib"}}',
        'src/a.ts': '',
      },
    ],
    ['without a package.json', 'a.js', "import 'anything'"],
    ['in a fixture', 'test/fixtures/a.ts', "import './gone'"],

    [
      'relative in Python',
      'pkg/a.py',
      'from . import b, NAME\nfrom .b import x\nfrom .. import top\nfrom .c.d import y',
      {
        'pkg/__init__.py': 'NAME = 1',
        'pkg/b.py': '',
        'top.py': '',
        'pkg/c/d.pyi': '',
      },
    ],
    [
      'absolute in Python',
      'tests/test_a.py',
      'import pkg.b as b\nfrom pkg import c\nimport helper\nimport native\nfrom space.deep import z',
      {
        'src/pkg/__init__.py': '',
        'src/pkg/b.py': '',
        'src/pkg/c/__init__.py': '',
        'tests/helper.py': '',
        'native.cpython-312-x86_64-linux-gnu.so': '',
        'space/deep/z.py': '',
        'requirements.txt': '',
      },
    ],
    [
      'standard library',
      'a.py',
      'import os.path, tomllib, distutils\nimport graphlib\nfrom __future__ import annotations',
      { 'requirements.txt': 'flask' },
    ],
    [
      'declared under other names',
      'a.py',
      'import yaml, PIL.Image\nimport cv2\nfrom google.protobuf import message\nimport grpc\nimport jwt\nimport flask_cors\nfrom google.cloud import storage\nimport dotenv',
      {
        'pyproject.toml':
          '[project]\ndependencies = ["PyYAML>=6", "pillow", "grpcio[x]~=1.0"]\n[dependency-groups]\ndev = ["PyJWT"]\n[tool.poetry.dependencies]\nprotobuf = "^4"\n',
        'requirements.txt': '-r deps/base.txt\n',
        'deps/base.txt': 'opencv-python-headless==4\n',
        'setup.cfg': '[options]\ninstall_requires =\n  Flask.Cors\n',
        'environment.yml': 'dependencies:\n  - google-cloud-storage=2\n',
        Pipfile: '[packages]\npython-dotenv = "*"\n',
      },
    ],
    [
      'undeclared where nothing is declared',
      'a.py',
      'import requests',
      { 'pyproject.toml': '[tool.ruff]\nline-length = 100\n' },
    ],
    [
      'that may be missing',
      'a.py',
      'try:\n    import ujson as json\nexcept ImportError:\n    import json\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\nimport sys\nif sys.version_info < (3, 11):\n    import tomli\n',
      { 'requirements.txt': 'flask' },
    ],
    [
      'of a package that fills itself',
      'a.py',
      'from pkg import x\nfrom lazy import y',
      {
        'pkg/__init__.py': 'from .all import *',
        'lazy/__init__.py': 'def __getattr__(name): ...',
        'requirements.txt': '',
      },
    ],
    [
      'of a protocol whose stub a build makes',
      'a.py',
      'import user_pb2\nfrom gen import user_pb2_grpc',
      { 'proto/user.proto': '', 'gen/__init__.py': '', 'requirements.txt': '' },
    ],
    [
      'where sys.path changes',
      'a.py',
      "import sys\nsys.path.insert(0, 'x')\nimport somewhere",
      { 'requirements.txt': '' },
    ],

    [
      'in Go',
      'cmd/a/main.go',
      'package main\n\nimport (\n\t"fmt"\n\tx "example.org/m/internal/b"\n\t_ "github.com/lib/pq"\n\t"local.org/l/sub"\n\t`golang.org/x/net/html`\n\t"C"\n\t"vendored.org/v"\n)\n',
      {
        'go.mod':
          'module example.org/m\n\ngo 1.22\n\nrequire (\n\tgithub.com/lib/pq v1.0.0 // indirect\n\tgolang.org/x/net v0.1.0\n)\nreplace local.org/l => ./other\n',
        'internal/b/b.go': 'package b',
        'other/sub/s.go': 'package sub',
        'vendor/vendored.org/v/v.go': 'package v',
      },
    ],
    [
      'in Go without a dot in the module',
      'a.go',
      'package a\nimport "app/b"\nimport "net/http"\n',
      { 'go.mod': 'module app\n', 'b/b.go': 'package b' },
    ],
    ['in Go without a go.mod', 'a.go', 'package a\nimport "x.org/y"\n'],
  ]
  test.each(cases.map(([name, path, text, around = {}]) => ({ name, path, text, around })))(
    '$name',
    async ({ path, text, around }) => {
      expect(await found({ [path]: text }, around)).toEqual([])
    },
  )
})

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
  const { objects } = context.workspace
  const watched = {
    ...context.workspace,
    objects: { ...objects, files: (tree: Oid) => objects.files(listed[listed.push(tree) - 1] ?? tree) },
  }
  const { repository } = context.workspace
  const base = context.run.base.tree
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
