import { afterEach, expect, test } from 'vitest'
import { readStatus, redo } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = (settings = '') =>
  specWith(
    `remote: origin${settings}`,
    ['One', '- a', 'Test Command: test -f phase-1.txt'],
    ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  )

test("a fresh clone of the remote shows the other machine's run, resumes it, and both branches end on one commit", async () => {
  workspace = await Workspace.with({ spec: spec() })
  const remote = await workspace.share()
  const first = await workspace.conduct({ only: (id) => id.startsWith('1/') })
  expect(first.failures, first.text).toEqual([])

  const other = await workspace.clone('other', { from: remote })
  const status = await readStatus(await other.open())
  expect(status?.summary.phases.map((phase) => phase.status)).toEqual(['complete', 'not-started'])
  const run = await other.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(run.agents).toEqual(['implement 2 two'])

  const back = await workspace.conduct()
  expect(back.failures, back.text).toEqual([])
  expect(back.agents).toEqual([])
  expect(await workspace.git('rev-parse', 'main')).toBe(await other.git('rev-parse', 'main'))
})

test('a redo on one machine is one on every machine', async () => {
  workspace = await Workspace.with({ spec: spec() })
  const remote = await workspace.share()
  await workspace.conduct({ only: (id) => id !== 'finalize' })
  const other = await workspace.clone('other', { from: remote })
  await redo(await other.open(), '2')
  const again = await workspace.conduct({ only: (id) => id.startsWith('2/') })
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual(['implement 2 two'])
})
