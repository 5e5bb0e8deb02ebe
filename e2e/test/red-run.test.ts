import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { type Finished, makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace
let head: string
let run: Finished
beforeAll(async () => {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ phase2StaysRed: true }) })
  head = await workspace.git('rev-parse', 'HEAD')
  run = await workspace.nx(['run', 'spec:conduct', '--outputStyle=stream'])
})
afterAll(() => workspace.remove())

test('a phase that stays red fails the run, moves nothing, and prints what a person needs', async () => {
  expect(run.exitCode).not.toBe(0)
  expect(await workspace.git('rev-parse', 'main')).toBe(head)
  expect(await workspace.git('status', '--porcelain')).toBe('')
  expect(run.output).toContain('Phase 2 (Sums) needs you: the gate test stayed red: node --test add twice')
  expect(run.output).toMatch(/evidence {2}tree [0-9a-f]{40}, exit code 1/)
  expect(run.output).toContain('round 2: tried attempt 2')
  expect(run.output).toContain('npx nx run spec:conduct')
})

test('a phase that does not depend on it is finished, one that does is not started', async () => {
  const status = await workspace.nx(['run', 'spec:status'])
  expect(status.output).toMatch(/✔\s+phase 1\s+Base\s+complete/)
  expect(status.output).toMatch(/✖\s+phase 2\s+Sums\s+failed/)
  expect(status.output).toMatch(/✔\s+phase 3\s+Words\s+complete/)
  expect(status.output).toMatch(/·\s+phase 4\s+Program\s+not-started/)
})
