import { afterEach, describe, expect, test } from 'vitest'
import { checkHistory, forecast, forecastText } from '../src/index.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const plan = async () => forecastText('spec', await forecast(await workspace.open()))

const spec = (box: string) =>
  specOf(
    ['One', `- [${box}] Make it`, 'Test Command: test -f one.txt'],
    ['Two', '- [ ] Make two', 'Test Command: test -f phase-2.txt'],
  )

describe('a phase that the spec marks as done', () => {
  test('is proven where it starts, and no agent builds it', async () => {
    workspace = await Workspace.with({ spec: spec('x') })
    await workspace.commit({ 'one.txt': 'one\n' })
    expect(await plan()).toMatch(/phase 1 +One +adopt.*marked as done/)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
    expect(run.outcomes.get('1/integrate')).toMatchObject({ source: 'adopted', summary: 'marked as done' })
    expect(await plan()).toMatch(/phase 1 +One +satisfied/)
    const again = await workspace.conduct()
    expect(again.agents).toEqual([])
    expect(await checkHistory(workspace.root, 'spec')).toMatchObject({ problems: [] })
  })

  test('is built by an agent where one of its gates fails, and a notice says which', async () => {
    workspace = await Workspace.with({ spec: spec('x') })
    await workspace.agents.play({ implement: 'echo one > one.txt; echo two > phase-2.txt' })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'implement 2 two'])
    expect(run.text).toMatch(/phase 1 is marked as done, but does not pass where it starts .*test -f one\.txt/)
  })

  test('is built like any other while a task is open', async () => {
    workspace = await Workspace.with({ spec: spec(' ') })
    await workspace.commit({ 'one.txt': 'one\n' })
    const run = await workspace.conduct()
    expect(run.agents).toContain('implement 1 one')
  })
})
