import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pathFindings } from '../src/gates/kinds/files.ts'
import { gateKind } from '../src/gates/registry.ts'
import type { RunContext } from '../src/run/context.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
let context: RunContext
beforeAll(async () => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a']),
    files: {
      'src/a.ts': 'a',
      'src/deep/b.ts': 'b',
      'src/empty.ts': '',
      'src/blank.ts': ' \n\n',
      'py/__init__.py': '',
      'pages/[id].tsx': 'page',
    },
  })
  const links = {
    'to-a': 'src/a.ts',
    'to-src': 'src',
    loop: 'loop',
    dangling: 'hello',
    out: '../elsewhere',
    to_empty: 'src/empty.ts',
  }
  for (const [path, target] of Object.entries(links)) await symlink(target, join(workspace.root, path))
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'Links')
  context = await workspace.open()
})
afterAll(() => workspace.remove())

const findings = (...wanted: readonly string[]) =>
  pathFindings(context.workspace, context.run.base.tree, wanted, { mayBeEmpty: false })

test('a file, a folder, a glob of either, a name that looks like a glob and a link to something are there', async () => {
  const wanted = [
    'src/a.ts',
    './src',
    'src/',
    'src/*.ts',
    'src/**/b.ts',
    'src/*/',
    'pages/[id].tsx',
    'to-a',
    'to-src',
    'to-src/deep/b.ts',
  ]
  expect(await findings(...wanted)).toEqual([])
})

test.each([
  ['src/b.ts', 'src/b.ts does not exist: nobody wrote it, or a .gitignore hides it'],
  ['src/*.js', 'nothing in the tree matches src/*.js'],
  ['dangling', 'dangling is a link to hello, and it leads to nothing'],
  ['loop', 'loop is a link to loop, and it leads back to itself'],
  ['out', 'out is a link to ../elsewhere, and it leads out of the repository'],
  ['src/empty.ts', 'src/empty.ts is empty'],
  ['src/blank.ts', 'src/blank.ts is empty'],
  ['to_empty', 'to_empty is empty'],
  ['src/e*.ts', 'src/empty.ts is empty'],
  ['src/a.ts/x', 'src/a.ts/x does not exist: nobody wrote it, or a .gitignore hides it'],
])('%s is not: %s', async (path, finding) => {
  expect(await findings(path)).toEqual([finding])
})

test('a file that is there to be there may be empty, and so may one that only has to exist', async () => {
  expect(await findings('py/__init__.py')).toEqual([])
  expect(await pathFindings(context.workspace, context.run.base.tree, ['src/empty.ts'], { mayBeEmpty: true })).toEqual(
    [],
  )
})

test('a link whose text is what a file should contain does not contain it', async () => {
  const rule = (path: string) => JSON.stringify({ kind: 'file-contains', path, needle: 'hello' })
  const check = gateKind('criterion').check({ gate: 'criterion', version: 2, rule: rule('dangling') })
  if (check.kind !== 'tree') throw new Error('a criterion about a file reads the tree')
  expect(await check.findings(context.workspace, context.run.base.tree)).toEqual([
    'dangling is a link to hello, and it leads to nothing',
  ])
})
