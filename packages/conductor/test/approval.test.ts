import { afterEach, describe, expect, test } from 'vitest'
import { forecast, forecastText, judge, readRunEnd, readStatus, statusText, waitingText } from '../src/index.ts'
import { judging, spec, waitingIn } from './rig/approval.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const runEnd = () => readRunEnd(workspace.top, 'spec', () => undefined)

describe('a phase that asks for approval', () => {
  test('waits once it is proven; what does not depend on it goes on; approved, it is not built again', async () => {
    workspace = await Workspace.with({ spec })
    expect(forecastText('spec', await forecast(await workspace.open()))).toMatch(/phase 1 .*; waits for approval/)
    const head = await workspace.git('rev-parse', 'HEAD')
    const run = await workspace.conduct()
    expect(run.agents.toSorted()).toEqual(['implement 1 one', 'implement 3 three'])
    expect(run.failures.map(({ reason }) => reason)).toEqual(['waiting'])
    expect(run.outcomes.get('3/checkpoint')).toMatchObject({ kind: 'accepted' })
    expect(run.skipped).toContain('2/worktrees')
    expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)
    const text = waitingText(waitingIn(run))
    expect(text).toContain('Phase 1 (One) is waiting for approval')
    expect(text).toContain('A phase-1.txt')
    expect(text).toContain('npx nx run spec-phase-1:approve --reject="why"')
    const looked = /look +git (.*)/.exec(text)?.[1] ?? ''
    expect(await workspace.git(...looked.split(' '))).toContain('+++ b/phase-1.txt')
    const status = await readStatus(await workspace.open())
    if (!status) throw new Error('there is a run')
    expect(statusText(status, 'none')).toMatch(/‖ +phase 1 +One +waiting/)
    expect(await runEnd()).toEqual({ kind: 'waiting', phases: ['1'] })

    expect(await judging(workspace)).toMatchObject({ verdict: 'approved', by: 'Person <person@example.com>' })
    await expect(judging(workspace)).rejects.toThrow(/approved it already/)
    expect(await runEnd()).toEqual({ kind: 'unfinished' })
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual(['implement 2 two'])
    const { summary } = (await readStatus(await workspace.open())) ?? {}
    expect(summary?.phases.map(({ approvedBy }) => approvedBy)).toEqual([
      'Person <person@example.com>',
      undefined,
      undefined,
    ])
    expect(await runEnd()).toEqual({ kind: 'done' })
  })

  test('and is rejected is worked on with the reason, and waits again', async () => {
    workspace = await Workspace.with({ spec, agents: { 'fix 1': 'echo nicer > phase-1.txt' } })
    const first = waitingIn(await workspace.conduct())
    await expect(judging(workspace, ' ')).rejects.toThrow(/needs a reason/)
    expect(await judging(workspace, 'it is ugly')).toMatchObject({ verdict: 'rejected' })
    expect(await runEnd()).toEqual({ kind: 'unfinished' })
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['fix 1'])
    expect(await workspace.agents.prompt()).toContain('it is ugly')
    expect(waitingIn(run).tree).not.toBe(first.tree)
    // Nobody said anything to the new tree: no agent runs again.
    expect((await workspace.conduct()).agents).toEqual([])
    await judging(workspace)
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
    expect(await workspace.read('phase-1.txt')).toBe('nicer\n')
  })

  test('cannot be approved before it is proven, and a phase that asks for none not at all', async () => {
    workspace = await Workspace.with({ spec })
    await expect(judging(workspace)).rejects.toThrow(/phase 1 is not waiting for approval/)
    await expect(judge(await workspace.open(), { phase: '2' })).rejects.toThrow(/asks for no approval/)
  })
})
