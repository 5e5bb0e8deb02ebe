import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const folder = 'apps/shop'
const files = { '../../README.md': 'of the repository\n', '../other/phase-1.txt': 'of another project\n' }
const listed = (...paths: readonly string[]) => workspace.git('ls-tree', '-r', '--name-only', 'main', '--', ...paths)

test('a workspace in a subfolder is built in its folder, and nothing outside is touched', async () => {
  workspace = await Workspace.with({
    folder,
    files,
    spec: specOf(
      [
        'One',
        '- a',
        'Modules: a (a/**), b (b/**)',
        'Test Command: test -f a/phase-1.txt && pwd > /dev/null',
        'Files:',
        '- b/*.txt',
      ],
      [
        'Two',
        '- b',
        'Test Command: test -f phase-2.txt && test ! -d apps',
        'Success Criteria:',
        '- `a/*.txt` exist',
        '- `phase-2.txt` contains "phase 2"',
      ],
    ),
  })
  const before = await listed('README.md', 'apps/other')
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await listed('apps/shop')).toBe(
    [
      'apps/shop/.spec/SPEC.md',
      'apps/shop/.spec/phases/1/built.json',
      'apps/shop/.spec/phases/1/phase.json',
      'apps/shop/.spec/phases/2/built.json',
      'apps/shop/.spec/phases/2/phase.json',
      'apps/shop/a/phase-1.txt',
      'apps/shop/b/phase-1.txt',
      'apps/shop/phase-2.txt',
    ].join('\n'),
  )
  expect(await listed('README.md', 'apps/other')).toBe(before)
  expect(await listed()).not.toMatch(/^(\.spec|a\/|b\/|phase)/m)
  expect(await workspace.git('status', '--porcelain')).toBe('')
  expect((await workspace.conduct()).agents).toEqual([])
})

test('agents and test commands run in the folder, and built.json there says what is satisfied', async () => {
  workspace = await Workspace.with({ folder, spec: specOf(['One', '- a', 'Test Command: note']) })
  const notes = join(workspace.agents.folder, 'notes')
  await workspace.agents.program('note', `pwd >> '${notes}'`)
  await workspace.agents.play({ implement: 'note; echo 1 > phase-1.txt' })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  for (const directory of (await readFile(notes, 'utf8')).trim().split('\n')) expect(directory).toMatch(/\/apps\/shop$/)
})

test('an agent that writes outside the folder of its workspace is refused', async () => {
  workspace = await Workspace.with({
    folder,
    files,
    spec: specOf(['One', '- a', 'Modules: a (a/**), b (b/**)']),
    agents: { 'implement 1 a': 'echo hacked > ../other/phase-1.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([
    { id: '1/implement/a', reason: 'ownership', message: expect.stringContaining('/apps/other/phase-1.txt') },
  ])
})

test('so is the agent of a phase without modules, which owns all of its workspace and nothing outside', async () => {
  workspace = await Workspace.with({
    folder,
    files,
    spec: specOf(['One', '- a']),
    agents: { implement: 'echo hacked > ../other/phase-1.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([{ id: '1/implement/one', reason: 'ownership' }])
  expect(await workspace.git('show', 'main:apps/other/phase-1.txt')).toBe('of another project')
})

test('a fixing agent does not write outside the folder either', async () => {
  workspace = await Workspace.with({
    folder,
    files,
    spec: specWith('rounds: 1', ['One', '- a', 'Test Command: test -f fixed.txt']),
    agents: { fix: 'echo hacked > ../other/phase-1.txt; echo x > fixed.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toHaveLength(1)
  expect(await workspace.git('show', 'main:apps/other/phase-1.txt')).toBe('of another project')
})

test('a placeholder in a file outside is not looked for, and one inside is found', async () => {
  workspace = await Workspace.with({
    folder,
    spec: specWith('rounds: 0', ['One', '- a']),
    agents: { implement: 'echo "// FIXME" > made.mjs' },
  })
  expect((await workspace.conduct()).failures[0]?.escalation?.output).toContain('made.mjs:1: FIXME: // FIXME')
})

test('two workspaces of one repository whose specs have one name cannot share a log; with names of their own they can', async () => {
  workspace = await Workspace.with({ folder, spec: specOf(['One', '- a']) })
  const other = workspace.beside({ folder: 'apps/other' })
  await other.commit({ '.spec/SPEC.md': specOf(['One', '- a']) })
  expect((await workspace.conduct()).failures).toEqual([])
  await expect(other.conduct()).rejects.toMatchObject({ code: 'name-taken' })
  await other.commit({ '.spec/SPEC.md': specWith('name: other', ['One', '- a']) })
  const run = await other.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await listed('apps/other/phase-1.txt', 'apps/shop/phase-1.txt')).toBe(
    'apps/other/phase-1.txt\napps/shop/phase-1.txt',
  )
})

test('nor does an agent that resolves a conflict', async () => {
  workspace = await Workspace.with({
    folder,
    files,
    spec: specOf(['One', '- a', 'Modules: a (x.txt), b (x.txt)']),
    agents: {
      'implement 1 a': 'echo a > x.txt',
      'implement 1 b': 'echo b > x.txt',
      synthesis: 'echo both > x.txt; echo hacked > ../other/phase-1.txt',
    },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([{ id: '1/integrate', reason: 'ownership' }])
})
