import { afterEach, expect, test } from 'vitest'
import { smallSpec } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

test('a plan is built, proven and merged', async () => {
  workspace = await Workspace.with({ spec: smallSpec })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.sessions()).toHaveLength(5)
})
