import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { agentsIn, makeWorkspace, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

test('an intact cache of Nx and an empty run log: the work is proven here, and no agent runs', async () => {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
  const head = await workspace.git('rev-parse', 'HEAD')
  const first = await workspace.nx(conduct)
  expect(first.exitCode, first.output).toBe(0)
  const built = await workspace.git('rev-parse', 'main^{tree}')
  const refs = (await workspace.git('for-each-ref', '--format=%(refname)', 'refs/conduct')).split('\n')
  for (const ref of refs) await workspace.git('update-ref', '-d', ref)
  await workspace.git('reset', '--quiet', '--hard', head)

  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect(again.output).toContain('[local cache]')
  expect(agentsIn(again.output)).toEqual([])
  expect(await workspace.git('rev-parse', 'main^{tree}')).toBe(built)
  const verified = await execa(join(workspace.root, 'node_modules', '.bin', 'nx-conduct'), ['verify-history'], {
    cwd: workspace.root,
  })
  expect(verified.stdout).toMatch(/^\d+ events, 0 problems$/)
})

test('artifacts that are deleted between two runs cost no agent', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'rounds: 0' }),
    score: smallScore({ phase2StaysRed: true }),
  })
  expect((await workspace.nx(conduct)).exitCode).not.toBe(0)
  await execa('rm', ['-rf', '.conduct', '.nx'], { cwd: workspace.root })
  const again = await workspace.nx(conduct)
  expect(again.exitCode).not.toBe(0)
  expect(again.output).toContain('needs you')
  expect(agentsIn(again.output)).toEqual([])
})
