import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** Prints what pytest prints for as many tests as `tests.txt` says, and succeeds. */
const counts = 'n=$(cat tests.txt); test $n = 0 && echo "no tests ran in 0.01s" || echo "$n passed in 0.01s"'
const one = ['One', '- a', `Test Command: ${counts}`] as const
const two = (...lines: readonly string[]) => ['Two', '- b', 'Test Command: test -f phase-2.txt', ...lines] as const

const gatesOf = async (id: string) => {
  const [run] = Object.values((await (await workspace.open()).log.state()).runs)
  return run?.complete[id]?.gates.map(({ gate }) => gate)
}

test('a runner that runs no test is red although it succeeds, and the agent that fixes it is told so', async () => {
  workspace = await Workspace.with({
    spec: specOf(one),
    agents: { implement: 'echo 0 > tests.txt', 'fix 1': 'echo 2 > tests.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'fix 1 1'])
  expect(await workspace.agents.prompt()).toContain('no test ran: pytest found none')
  expect(run.text).toContain('test-count tests run: ')
})

test('a phase after which fewer tests run is red until they are back', async () => {
  workspace = await Workspace.with({
    spec: specOf(one, two()),
    agents: {
      'implement 1': 'echo 3 > tests.txt',
      'implement 2': 'echo 1 > tests.txt; touch phase-2.txt',
      'fix 2': 'echo 3 > tests.txt',
    },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.prompt()).toContain('1 test runs where 3 ran before this phase')
  expect(await workspace.read('tests.txt')).toBe('3\n')
  expect(await gatesOf('2')).toContain('test-count')
})

test('a phase may be allowed to have no tests, or fewer', async () => {
  workspace = await Workspace.with({
    spec: specOf([...one, 'Allow: no-tests'], ['More', '- b', `Test Command: ${counts} `], two('Allow: fewer-tests')),
    agents: {
      'implement 1': 'echo 0 > tests.txt',
      'implement 2': 'echo 3 > tests.txt',
      'implement 3': 'echo 1 > tests.txt; touch phase-2.txt',
    },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'implement 2', 'implement 3'])
})

test('of a test command that failed nothing is counted, so that it is counted when it passes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'test-count-'))
  try {
    const up = join(folder, 'up')
    const later = `if test -e '${up}'; then echo 'no tests ran in 0.01s'; else echo '1 failed in 0.01s'; exit 1; fi`
    workspace = await Workspace.with({ spec: specWith('rounds: 0', ['One', '- a', `Test Command: ${later}`]) })
    const failed = await workspace.conduct()
    expect(failed.failures).toMatchObject([{ id: '1/test', message: expect.stringContaining('the gate test stayed') }])
    const evidence = Object.values((await (await workspace.open()).log.state()).evidence)
    expect(evidence.map(({ gate }) => gate)).toEqual(['test'])
    await writeFile(up, '')
    const passed = await workspace.conduct()
    expect(passed.failures).toMatchObject([
      { id: '1/test', message: expect.stringContaining('the gate test-count stayed red: tests run: ') },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
