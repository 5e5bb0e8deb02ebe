import { afterEach, describe, expect, test } from 'vitest'
import { readRunEnd } from '../src/index.ts'
import { judging, spec, waitingIn } from './rig/approval.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const runEnd = () => readRunEnd(workspace.top, 'spec', () => undefined)

describe('a phase that asks for approval', () => {
  test('waits again where its tree has changed', async () => {
    workspace = await Workspace.with({ spec })
    await workspace.conduct()
    await judging(workspace)
    await workspace.commit({ 'other.txt': 'of the user\n' })
    const run = await workspace.conduct()
    expect(run.failures.map(({ reason }) => reason)).toEqual(['waiting'])
  })

  test('stays rejected where the fixing agent changes nothing; a person may change their mind', async () => {
    workspace = await Workspace.with({ spec, agents: { 'fix 1': 'true' } })
    await workspace.conduct()
    await judging(workspace, 'it is ugly')
    expect(waitingIn(await workspace.conduct()).rejected).toMatchObject({ why: 'it is ugly' })
    expect((await workspace.conduct()).agents).toEqual([])
    await judging(workspace)
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
    await judging(workspace, 'it is ugly')
    const run = await workspace.conduct()
    expect(run.failures[0]?.escalation?.what).toMatch(
      /rejected it \(it is ugly\).*its work was refused: .*package\.json/,
    )
    expect(await workspace.agents.sessions()).toHaveLength(3)
    expect(await runEnd()).toEqual({ kind: 'failed', phases: ['1'] })
    // A person may take it all the same.
    await judging(workspace)
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
  })
})
