import { afterEach, describe, expect, test } from 'vitest'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const one = specOf(['One', '- Write a file', 'Test Command: test -f phase-1.txt'])

describe('an agent that ends with success and changes no file', () => {
  test('fails its step, with what it said, and runs again in the next run', async () => {
    workspace = await Workspace.with({ spec: one, agents: { implement: 'echo "I would write the file."' } })
    const run = await workspace.conduct()
    const [failure] = run.failures
    expect(failure).toMatchObject({ id: '1/implement/one', reason: 'wrote-nothing' })
    expect(failure?.message).toMatch(
      /changed no file, and test fails: .*test -f phase-1\.txt.* \(phase 1, module one\)/,
    )
    expect(failure?.message).toContain('it said')
    expect(failure?.message).toMatch(/transcript \.conduct\/spec\/\S+\/transcript\.jsonl/)
    expect(run.agents).toEqual(['implement 1 one'])
    await workspace.agents.forget('implement')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents.filter((who) => who.startsWith('implement'))).toHaveLength(1)
  })

  test('had nothing to do where the phase passes on the tree that it starts from', async () => {
    workspace = await Workspace.with({ spec: one, files: { 'phase-1.txt': 'there' }, agents: { implement: 'true' } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
  })

  test('and gives no report is no fix: the phase is escalated, and the next run asks it again', async () => {
    workspace = await Workspace.with({
      spec: specWith('agents: { fix-executor: { driver: command, command: quiet } }', [
        'One',
        '- Write a file',
        'Test Command: grep -q right phase-1.txt',
      ]),
    })
    await workspace.agents.program('quiet', 'cat > /dev/null; echo x >> "${0%/*}/asked"; echo "Please log in."')
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ reason: 'escalated' }])
    expect(run.failures[0]?.message).toMatch(/it changed no file, and did not report \(phase 1\)[\s\S]*Please log in\./)
    await workspace.agents.program('quiet', 'cat > /dev/null; echo right > phase-1.txt')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
  })

  test('and says so is believed where another module is what is missing', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (a/**), b (b/**)', 'Test Command: test -d b']),
      agents: { 'implement 1 a': 'true' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
  })

  test('and gives no report is not believed, whatever is missing', async () => {
    workspace = await Workspace.with({
      spec: specWith('agent: { driver: command, command: "cat > /dev/null; echo Please log in." }', [
        'One',
        '- a',
        'Modules: a (a/**), b (b/**)',
        'Test Command: test -d b',
      ]),
    })
    const run = await workspace.conduct()
    expect(run.failures.map(({ reason }) => reason)).toEqual(['wrote-nothing', 'wrote-nothing'])
    expect(run.failures[0]?.message).toContain('Please log in.')
  })
})
