import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitTree, withFiles } from '@nx-conduct/git'
import { afterEach, expect, test } from 'vitest'
import { prove } from '../src/gates/prove.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** What commands that run one after another on one tree come to. */
async function outcomes(files: Readonly<Record<string, string>>, ...commands: readonly string[]) {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']), files })
  const context = await workspace.open()
  const { reports } = await prove(context, {
    place: { step: 'test', phase: '1' },
    gates: commands.map((rule) => ({ gate: 'test', version: 2, rule })),
    ...context.run.base,
  })
  return reports.map(({ evidence }) => evidence.outcome)
}

test('a command sees nothing of what another left, ignored or not', async () => {
  const absent = (path: string) => `! test -e ${path}`
  expect(await outcomes({ '.gitignore': 'dist/\n' }, 'mkdir dist && touch dist/x', absent('dist'))).toEqual([
    'passed',
    'passed',
  ])
  await workspace.remove()
  expect(
    await outcomes({ 'a.txt': 'a\n' }, 'echo b > a.txt && touch b.txt', `${absent('b.txt')} && grep a a.txt`),
  ).toEqual(['passed', 'passed'])
})

test('commands share a checkout, which is clean for each', async () => {
  const notes = await mkdtemp(join(tmpdir(), 'prove-'))
  const folders = async () => (await readFile(join(notes, 'at'), 'utf8')).trim().split('\n')
  try {
    const note = `pwd >> '${join(notes, 'at')}'`
    const clean = `${note} && ! test -e b.txt && test -z "$(git status --porcelain --ignored)"`
    const found = await outcomes({ 'a.txt': 'a\n' }, clean, `${clean} && touch b.txt && rm a.txt`, clean)
    expect(found).toEqual(['passed', 'passed', 'passed'])
    expect(new Set(await folders()).size).toBe(1)
  } finally {
    await rm(notes, { recursive: true, force: true })
  }
})

test('a garbage collection of the repository takes nothing from a gate that is being checked', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']), files: { 'a.txt': 'a\n' } })
  const context = await workspace.open()
  const { repository } = context.workspace
  const tree = await withFiles(repository, context.run.base.tree, { 'b.txt': 'b\n' })
  const author = { name: 'Conduct', email: 'conduct@example.org' }
  const commit = await commitTree(repository, { tree, parents: [], message: 'b', author, at: '2026-01-01T00:00:00Z' })
  const rule = `git --git-dir '${repository.commonDir}' gc --quiet --prune=now && git log --format=%H && git show HEAD:b.txt`
  const { reports } = await prove(context, {
    place: { step: 'test', phase: '1' },
    gates: [{ gate: 'test', version: 2, rule }],
    commit,
    tree,
  })
  expect(reports.map(({ evidence }) => evidence.outcome)).toEqual(['passed'])
  await context.checkouts.close()
  expect(await workspace.refs('refs/conduct/spec/held')).toEqual([])
})
