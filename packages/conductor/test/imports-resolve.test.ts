import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Files, ImportTrees, manifest } from './rig/import-trees.ts'

let trees: ImportTrees
beforeAll(async () => {
  trees = await ImportTrees.open()
})
afterAll(() => trees.remove())

const found: ImportTrees['found'] = (...of) => trees.found(...of)

/** A file with these lines, and what is around it. */
type Case = readonly [name: string, path: string, text: string, around?: Files]

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
