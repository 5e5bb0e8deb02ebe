import { symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { eventually, makeWorkspace, openWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

/** A fresh clone of the workspace's remote, as another machine has it. */
async function cloneOf(remote: string, name: string): Promise<Workspace> {
  const top = dirname(workspace.root)
  const root = join(top, name)
  await execa('git', ['clone', '--quiet', remote, root])
  await symlink(join(workspace.root, 'node_modules'), join(root, 'node_modules'))
  return openWorkspace(root, join(top, `${name}-home`), async () => undefined)
}

/** Lines in which an agent was bought, as `phase module`. */
const bought = (output: string) =>
  output.split('\n').flatMap((line) => /(phase \d implement \S+)\s+▸/.exec(line)?.[1] ?? [])

test("a fresh clone of the remote shows the other machine's run and goes on where it stopped", async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'remote: origin' }),
    score: smallScore({ delayMs: 150 }),
  })
  const remote = join(dirname(workspace.root), 'remote.git')
  await execa('git', ['clone', '--quiet', '--bare', workspace.root, remote])
  await workspace.git('remote', 'add', 'origin', remote)
  const run = workspace.start(conduct)
  await run.until(/phase 4 implement .*turn 1/)
  run.killGroup('SIGKILL')
  await run.ended
  await eventually('the killed run is gone', async () => (await processesIn(workspace.home)).length === 0)

  const other = await cloneOf(remote, 'other')
  const status = await other.nx(['run', 'spec:status'])
  expect(status.exitCode, status.output).toBe(0)
  expect(status.output).toMatch(/✔\s+phase 2\s+Sums\s+complete/)
  const again = await other.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect(bought(again.output)).toEqual(['phase 4 implement program'])
  expect(await other.read('main.mjs')).toContain('words')

  // Back at the first machine: its branch goes where the other's went.
  const back = await workspace.nx(conduct)
  expect(back.exitCode, back.output).toBe(0)
  expect(bought(back.output)).toEqual([])
  expect(await workspace.git('rev-parse', 'main')).toBe(await other.git('rev-parse', 'main'))
})

test('a redo on one machine is never served from the cache of another', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'remote: origin\nrounds: 0' }),
    score: smallScore({ phase2StaysRed: true }),
  })
  const remote = join(dirname(workspace.root), 'remote.git')
  await execa('git', ['clone', '--quiet', '--bare', workspace.root, remote])
  await workspace.git('remote', 'add', 'origin', remote)
  expect((await workspace.nx(conduct)).exitCode).not.toBe(0)

  const other = await cloneOf(remote, 'other')
  const redo = await other.nx(['run', 'spec:redo', '--phase=3'])
  expect(redo.exitCode, redo.output).toBe(0)

  const again = await workspace.nx(conduct)
  expect(bought(again.output)).toEqual(['phase 3 implement words'])
})

test('two conductors on one spec share the work and never buy the same step twice', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'concurrency: 1' }),
    score: smallScore({ delayMs: 200 }),
  })
  const first = workspace.start(conduct)
  await first.until(/phase 1 implement .*turn 1/)
  const second = workspace.start(conduct)
  const ends = await Promise.all([first.ended, second.ended])
  expect(
    ends.map(({ code }) => code),
    `${first.output()}\n=====\n${second.output()}`,
  ).toEqual([0, 0])
  const all = [...bought(first.output()), ...bought(second.output())]
  expect([...all].sort()).toEqual([...new Set(all)].sort())
  expect(all).toHaveLength(5)
  expect(second.output()).toMatch(/waits: \S+, process \d+ is at this step since/)
  const verified = await execa(join(workspace.root, 'node_modules', '.bin', 'nx-conduct'), ['verify-history'], {
    cwd: workspace.root,
  })
  expect(verified.stdout).toMatch(/^\d+ events, 0 problems$/)
})
