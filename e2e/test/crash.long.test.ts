import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { eventually, makeWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

/** The tree of an undisturbed run, to compare with. */
async function undisturbedTree(): Promise<string> {
  const other = await makeWorkspace({ spec: smallSpec(), score: smallScore({ delayMs: 150 }) })
  try {
    const run = await other.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    return await other.git('rev-parse', 'main^{tree}')
  } finally {
    await other.remove()
  }
}

test('a run that was killed goes on, runs no agent twice and ends with the same tree', async () => {
  const expected = await undisturbedTree()
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ delayMs: 150 }) })
  const head = await workspace.git('rev-parse', 'HEAD')
  const run = workspace.start(conduct)
  await run.until(/phase 4 implement .*▸/)
  run.killGroup('SIGKILL')
  await run.ended
  const at = workspace
  await eventually(
    'nothing of the killed run is left running',
    async () => (await processesIn(at.home)).length === 0,
    3_000,
  )
  expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)

  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect(again.output).toContain('resumed')
  const ran = again.output.split('\n').filter((line) => line.includes('▸ implementation-executor'))
  expect(ran.map((line) => /phase (\d)/.exec(line)?.[1])).toEqual(['4'])
  expect(await workspace.git('rev-parse', 'main^{tree}')).toBe(expected)
  expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
})

test('when only nx is killed, nothing goes on spending', async () => {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ delayMs: 400 }) })
  const run = workspace.start(conduct)
  await run.until(/phase 1 implement .*▸/)
  run.kill('SIGKILL')
  await run.ended
  const at = workspace
  await eventually(
    'every process of the run is gone',
    async () => (await processesIn(at.root)).length === 0 && (await processesIn(at.home)).length === 0,
    6_000,
  )
  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
})
