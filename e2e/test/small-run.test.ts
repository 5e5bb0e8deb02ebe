import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { type Finished, makeWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

describe('a run from a spec to merged software', () => {
  let workspace: Workspace
  let first: Finished
  let started: string

  beforeAll(async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
    await workspace.write('untracked.txt', 'mine\n')
    started = await workspace.git('rev-parse', 'HEAD')
    first = await workspace.nx(['run', 'spec:conduct', '--outputStyle=stream'])
  })
  afterAll(() => workspace.remove())

  test('succeeds without a TTY and says what it did', () => {
    expect(first.exitCode, first.output).toBe(0)
    expect(first.output).toMatch(/phase 2 implement add\s+▸ implementation-executor on claude-sonnet-5-5 \(rehearsal\)/)
    expect(first.output).toMatch(/▪ implementation-executor reported: 3 turns, .* tokens/)
    expect(first.output, 'without --verbose').not.toMatch(/turn 2,/)
    expect(first.output).toContain('sandbox: none')
    expect(first.output).toContain('phase 4: It is pleasant to read')
  })

  test('leaves one checkpoint commit per phase on the starting branch, and the program works', async () => {
    const log = await workspace.git(
      'log',
      '--format=%(trailers:key=Conduct-Phase,valueonly,separator=%x2C)',
      `${started}..main`,
    )
    expect(log.split('\n').filter(Boolean).sort()).toEqual(['1', '2', '3', '4'])
    const slices = await workspace.git(
      'log',
      '--format=%(trailers:key=Conduct-Slice,valueonly,separator=%x2C)',
      `${started}..main`,
    )
    expect(slices.split('\n').filter((slice) => /^[0-9a-f]{64}$/.test(slice))).toHaveLength(4)
    expect(await workspace.git('ls-tree', '-r', '--name-only', 'main', '.spec/phases')).toBe(
      [1, 2, 3, 4].flatMap((id) => ['built', 'phase'].map((name) => `.spec/phases/${id}/${name}.json`)).join('\n'),
    )
    expect(await workspace.read('main.mjs')).toContain('words')
    expect(await workspace.git('status', '--porcelain')).toBe('?? untracked.txt')
  })

  test('leaves no worktree, lock or process', async () => {
    expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
    expect(await processesIn(workspace.root)).toEqual([])
    expect(await processesIn(workspace.home)).toEqual([])
  })

  test('a second run calls no agent, moves nothing and says that everything is satisfied', async () => {
    const head = await workspace.git('rev-parse', 'HEAD')
    const again = await workspace.nx(['run', 'spec:conduct', '--outputStyle=stream'])
    expect(again.exitCode, again.output).toBe(0)
    expect(again.output).toContain('Everything is satisfied')
    expect(again.output).not.toContain('implementation-executor')
    expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)
    const plan = await workspace.nx(['run', 'spec:plan'])
    expect(plan.output).toContain('Everything is satisfied: no agent would be called.')
    expect(plan.output).not.toContain('run again')
  })

  test("the phases' tests run on the user's files, call no agent, and come from the cache the second time", async () => {
    const tests = await workspace.nx(['run-many', '-t', 'test', '--outputStyle=stream'])
    expect(tests.exitCode, tests.output).toBe(0)
    expect(tests.output).toContain('$ node --test add twice')
    const cached = await workspace.nx(['run-many', '-t', 'test', '--outputStyle=stream'])
    expect(cached.output).toMatch(
      /4 out of 4 tasks|read the output from the cache instead of running the command for 4/,
    )
  })

  test('a changed word of a phase is built again, and only that phase', async () => {
    await workspace.write('.spec/SPEC.md', smallSpec().replace('Say a number in words', 'Say a small number in words'))
    await workspace.git('commit', '--quiet', '--all', '--message', 'Change phase 3')
    const plan = await workspace.nx(['run', 'spec:plan'])
    expect(plan.exitCode, plan.output).toBe(0)
    expect(plan.output).toContain('Agents would run for 1 of 4 phases: 3.')
    expect(plan.output.match(/satisfied/g)).toHaveLength(3)
  })
})
