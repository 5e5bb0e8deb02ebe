import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadPlan, testPhase } from '../src/index.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
let output: string
beforeEach(async () => {
  output = ''
  workspace = await Workspace.with({
    spec: specOf(
      ['One', '- a', 'Test Command: echo hello && test -f phase-1.txt'],
      ['Two', '- b'],
      ['Three', '- c', 'Test Command: no-such-program'],
    ),
  })
})
afterEach(() => workspace.remove())

async function tested(id: string, env: Readonly<Record<string, string>> = {}) {
  const { plan } = await loadPlan(workspace.root, workspace.specFile)
  const phase = plan.phases.find((each) => each.id === id)
  if (!phase) throw new Error(`no phase ${id}`)
  return testPhase({
    root: workspace.root,
    specFolder: '.spec',
    plan,
    phase,
    env: { ...workspace.env, ...env },
    signal: new AbortController().signal,
    onOutput: (text) => {
      output += text
    },
  })
}

const build = (id: string) => workspace.write({ [`.spec/phases/${id}/built.json`]: '{}' })

test("a phase's tests run on the user's files as they are, once the phase is built", async () => {
  expect(await tested('1')).toEqual({ kind: 'not-built' })
  await build('1')
  expect(await tested('1')).toMatchObject({
    kind: 'failed',
    exitCode: 1,
    command: expect.stringContaining('phase-1.txt'),
  })
  await workspace.write({ 'phase-1.txt': 'mine\n' })
  expect(await tested('1')).toEqual({ kind: 'passed' })
  expect(output).toContain('$ echo hello && test -f phase-1.txt\nhello\n')
})

test('a phase without a test command is reported as such, and a missing program by its exit code', async () => {
  await build('2')
  expect(await tested('2')).toEqual({ kind: 'no-command' })
  await build('3')
  expect(await tested('3')).toMatchObject({ kind: 'failed', exitCode: 127 })
})
