import { existsSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { clean } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

test('clean removes what a failed run left, keeps what is unmerged, and names where it went when it is forced', async () => {
  workspace = await Workspace.with({
    spec: specWith(
      'rounds: 0',
      ['One', '- a', 'Test Command: test -f phase-1.txt'],
      ['Two', '- b', 'Test Command: exit 1'],
    ),
  })
  const run = await workspace.conduct()
  const worktree = run.failures[0]?.escalation?.worktree ?? ''
  expect(existsSync(worktree)).toBe(true)
  await workspace.disown()
  const checkpoint = await workspace.git('rev-parse', 'refs/conduct/spec/checkpoint/1')

  const kept = await clean(await workspace.open(), { force: false })
  expect(kept).toContainEqual(expect.objectContaining({ kind: 'removed', what: worktree }))
  expect(kept).toContainEqual(expect.objectContaining({ kind: 'kept', what: 'refs/conduct/spec/checkpoint/1' }))
  expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)

  const forced = await clean(await workspace.open(), { force: true })
  const removed = forced.find(({ what }) => what === 'refs/conduct/spec/checkpoint/1')
  if (removed?.kind !== 'removed' || removed.savedAs === undefined) throw new Error(JSON.stringify(forced))
  await workspace.git('gc', '--quiet', '--prune=now')
  expect(await workspace.git('rev-parse', removed.savedAs)).toBe(checkpoint)
  expect(await workspace.git('show', `${removed.savedAs}:phase-1.txt`)).toBe('phase 1')
})

test('after a run that ended well there is nothing to keep, and a run after that is satisfied', async () => {
  workspace = await Workspace.with({ spec: specWith('', ['One', '- a', 'Test Command: test -f phase-1.txt']) })
  expect((await workspace.conduct()).failures).toEqual([])
  const cleaned = await clean(await workspace.open(), { force: false })
  expect(cleaned.filter(({ kind }) => kind === 'kept')).toEqual([])
  expect((await workspace.conduct()).agents).toEqual([])
})
