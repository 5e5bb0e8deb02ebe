import { afterEach, describe, expect, test } from 'vitest'
import {
  forecast,
  forecastText,
  type Judged,
  judge,
  readRunEnd,
  readStatus,
  statusText,
  waitingText,
} from '../src/index.ts'
import type { Ended } from './rig/conductor.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = specWith(
  'rounds: 0\nfailFast: true',
  ['One', '- a', 'Test Command: test -f phase-1.txt', 'Approval: required'],
  ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  ['Three', '- c', 'Test Command: test -f phase-3.txt', 'Depends On: none'],
)

async function judging(reject?: string): Promise<Judged> {
  return judge(await workspace.open(), { phase: '1', ...(reject === undefined ? {} : { reject }) })
}

/** What waits, as the run tells it. */
function waitingIn(run: Ended): NonNullable<Ended['failures'][number]['waiting']> {
  const waiting = run.failures.find(({ reason }) => reason === 'waiting')?.waiting
  if (waiting === undefined) throw new Error(run.text)
  return waiting
}

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

    expect(await judging()).toMatchObject({ verdict: 'approved', by: 'Person <person@example.com>' })
    await expect(judging()).rejects.toThrow(/approved it already/)
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

  test('waits again where its tree has changed', async () => {
    workspace = await Workspace.with({ spec })
    await workspace.conduct()
    await judging()
    await workspace.commit({ 'other.txt': 'of the user\n' })
    const run = await workspace.conduct()
    expect(run.failures.map(({ reason }) => reason)).toEqual(['waiting'])
  })

  test('and is rejected is worked on with the reason, and waits again', async () => {
    workspace = await Workspace.with({ spec, agents: { 'fix 1': 'echo nicer > phase-1.txt' } })
    const first = waitingIn(await workspace.conduct())
    await expect(judging(' ')).rejects.toThrow(/needs a reason/)
    expect(await judging('it is ugly')).toMatchObject({ verdict: 'rejected' })
    expect(await runEnd()).toEqual({ kind: 'waiting', phases: ['1'] })
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['fix 1'])
    expect(await workspace.agents.prompt()).toContain('it is ugly')
    expect(waitingIn(run).tree).not.toBe(first.tree)
    // Nobody said anything to the new tree: no agent runs again.
    expect((await workspace.conduct()).agents).toEqual([])
    await judging()
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
    expect(await workspace.read('phase-1.txt')).toBe('nicer\n')
  })

  test('stays rejected where the fixing agent changes nothing; a person may change their mind', async () => {
    workspace = await Workspace.with({ spec, agents: { 'fix 1': 'true' } })
    await workspace.conduct()
    await judging('it is ugly')
    expect(waitingIn(await workspace.conduct()).rejected).toMatchObject({ why: 'it is ugly' })
    expect((await workspace.conduct()).agents).toEqual([])
    await judging()
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
  })

  test('stays as it is where a fix of what was rejected weakens its checks', async () => {
    workspace = await Workspace.with({
      spec,
      files: { 'package.json': '{ "scripts": { "test": "test -f phase-1.txt" } }\n' },
      agents: { 'fix 1': `echo '{ "scripts": { "test": "true" } }' > package.json` },
    })
    await workspace.conduct()
    await judging('it is ugly')
    const run = await workspace.conduct()
    expect(run.failures[0]?.escalation?.what).toMatch(
      /rejected it \(it is ugly\).*its work was refused: .*package\.json/,
    )
    expect(await workspace.agents.sessions()).toHaveLength(3)
    expect(await runEnd()).toEqual({ kind: 'failed', phases: ['1'] })
    // A person may take it all the same.
    await judging()
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
  })

  test('cannot be approved before it is proven, and a phase that asks for none not at all', async () => {
    workspace = await Workspace.with({ spec })
    await expect(judging()).rejects.toThrow(/phase 1 is not waiting for approval/)
    await expect(judge(await workspace.open(), { phase: '2' })).rejects.toThrow(/asks for no approval/)
  })
})
