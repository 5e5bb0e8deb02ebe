import { afterEach, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** Complains about every line that says `bad`, and fails if there is one. */
const linter = `'! grep -rn bad src | sed "s/$/ is bad/" | grep .'`
const phase = ['One', '- a', 'Test Command: test -f src/new.txt'] as const
const files = { 'src/old.txt': 'bad\ngood\n' }

test('what a linter finds in lines that a phase did not touch does not count', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: ${linter}`, phase),
    files,
    agents: { implement: 'echo fine >> src/old.txt; echo fine > src/new.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
})

test('what it finds in lines that the phase added or changed is given to the agent that fixes it, and nothing else is', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: ${linter}`, phase),
    files,
    agents: {
      implement: "sed -i 's/good/bad too/' src/old.txt; echo bad > src/new.txt",
      fix: "sed -i 's/bad too/good/' src/old.txt; echo fine > src/new.txt",
    },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  const prompt = await workspace.agents.prompt()
  expect(prompt).toContain('src/new.txt:1: bad')
  expect(prompt).toContain('src/old.txt:2: bad too')
  expect(prompt).toContain('(1 more in lines that this phase did not change)')
  expect(prompt).not.toContain('src/old.txt:1: ')
})

test('with the scope all, a finding anywhere fails', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: { command: ${linter}, scope: all }\nrounds: 0`, phase),
    files,
    agents: { implement: 'echo fine > src/new.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([
    { id: '1/validate', message: expect.stringContaining('the gate lint stayed red') },
  ])
})
