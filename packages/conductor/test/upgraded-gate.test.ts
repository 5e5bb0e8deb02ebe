import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { test as testGate } from '../src/gates/kinds/test.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
const { version } = testGate
beforeEach(async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a', 'Test Command: counted']) })
  await workspace.agents.program('counted', `echo x >> '${counter()}'`)
})
afterEach(async () => {
  Object.assign(testGate, { version })
  await workspace.remove()
})

const counter = () => join(workspace.agents.folder, 'counted.log')
const count = async () => (await readFile(counter(), 'utf8')).trim().split('\n').length

test('evidence of an older version of a gate does not count: the gate runs again, and no agent', async () => {
  expect((await workspace.conduct()).failures).toEqual([])
  const first = await count()
  expect((await workspace.conduct()).failures).toEqual([])
  expect(await count()).toBe(first)

  Object.assign(testGate, { version: version + 1 })
  const upgraded = await workspace.conduct()
  expect(upgraded.failures, upgraded.text).toEqual([])
  expect(upgraded.agents).toEqual([])
  expect(await count()).toBe(first + 1)
  const { evidence } = await (await workspace.open()).log.state()
  const versions = Object.values(evidence).filter(({ gate }) => gate === 'test')
  expect(versions.map((each) => each.version).sort()).toEqual([version, version + 1])

  expect((await workspace.conduct()).failures).toEqual([])
  expect(await count()).toBe(first + 1)
})

test('a step that an older version of a gate accepted is performed again, also when Nx restores it', async () => {
  expect((await workspace.conduct({ only: (id) => id !== 'finalize' })).failures).toEqual([])
  const first = await count()
  Object.assign(testGate, { version: version + 1 })
  const run = await workspace.conduct({ only: (id) => id === 'finalize' })
  expect(run.failures, run.text).toEqual([])
  expect(run.agents).toEqual([])
  expect(await count()).toBeGreaterThan(first)
  expect(run.text).toContain('.conduct/spec/1/test is not used: it was made from other inputs')
  expect(await workspace.refs('refs/conduct/spec/refused')).toContain('refs/conduct/spec/refused/1/test')
})
