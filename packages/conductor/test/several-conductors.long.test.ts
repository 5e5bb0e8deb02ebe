import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { checkHistory } from '../src/index.ts'
import { smallSpec, specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const waits = { leaseMs: 5_000, pollMs: 20 }

test('two conductors on one spec share the work and never run a step twice', async () => {
  workspace = await Workspace.with({ spec: smallSpec })
  const [first, second] = await Promise.all([workspace.conduct({ waits }), workspace.conduct({ waits })])
  expect([...first.failures, ...second.failures], `${first.text}\n=====\n${second.text}`).toEqual([])
  const sessions = await workspace.agents.sessions()
  expect(sessions).toHaveLength(5)
  expect(new Set(sessions).size).toBe(5)
  expect(await checkHistory(workspace.root, 'spec')).toMatchObject({ problems: [] })
})

test('a conductor that waits for another says for whom, and takes its result', async () => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a']),
    agents: { implement: 'sleep 1; echo 1 > phase-1.txt' },
  })
  const first = workspace.start({ waits })
  await first.until(({ type }) => type === 'agent-started')
  const second = await workspace.conduct({ waits })
  expect(second.text).toMatch(/waits: \S+, process \d+ has been working on this since/)
  expect(second.failures, second.text).toEqual([])
  expect(second.agents).toEqual([])
  expect((await first.ended).failures).toEqual([])
  expect(await workspace.agents.sessions()).toHaveLength(1)
})

test('a conductor that is stopped while it waits ends at once', async () => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a']),
    agents: { implement: 'sleep 2; echo 1 > phase-1.txt' },
  })
  const first = workspace.start({ waits })
  await first.until(({ type }) => type === 'agent-started')
  const second = workspace.start({ waits })
  await second.until(({ type }) => type === 'waiting')
  second.stop()
  expect((await second.ended).outcomes.get('1/implement/one')).toMatchObject({ kind: 'aborted' })
  expect((await first.ended).failures).toEqual([])
})

test("a conductor whose lease another took over stops its agent; the other's result counts", async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  await workspace.agents.play({ implement: 'sleep 3; echo 1 > phase-1.txt' })
  const first = workspace.start({ waits: { leaseMs: 600, pollMs: 20 } })
  await first.until(({ type }) => type === 'agent-started')
  // The holder of the lease does not renew it any more, as after Ctrl-Z: its ref is gone, and another takes the step.
  const lease = async () => {
    for (const ref of await workspace.refs('refs/conduct/spec/lease')) await workspace.git('update-ref', '-d', ref)
  }
  await lease()
  await workspace.agents.play({ implement: 'echo 2 > phase-1.txt' })
  const second = await workspace.conduct({ waits })
  expect(second.failures, second.text).toEqual([])
  const ended = await first.ended
  expect(ended.failures, ended.text).toEqual([])
  expect(ended.notices).toContain('lease-lost')
  expect(await workspace.read('phase-1.txt')).toBe('2\n')
  // What the stopped agent used is counted all the same.
  const [run] = Object.values((await (await workspace.open()).log.state()).runs)
  expect(run?.usage.sessions).toBe(2)
  expect(await checkHistory(workspace.root, 'spec')).toMatchObject({ problems: [] })
})

test('a run that was killed is resumed: nothing that was recorded is done again, and the result is the same', async () => {
  const spec = specWith(
    '',
    ['One', '- a', 'Test Command: test -f phase-1.txt'],
    ['Two', '- b', 'Test Command: test -f phase-2.txt'],
  )
  workspace = await Workspace.with({ spec })
  // A process that is gone in the middle of phase 2: everything after that point never happened.
  const first = workspace.start({ before: { '2/integrate': () => new Promise(() => undefined) } })
  await first.until(
    (progress) => progress.type === 'step-ended' && progress.place.phase === '2' && progress.place.step === 'implement',
  )
  await sleep(50)
  const again = await workspace.conduct({ waits: { leaseMs: 500, pollMs: 20 } })
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual([])
  expect(await workspace.agents.sessions()).toHaveLength(2)
  expect((await workspace.open()).run.resumed).toBe(false)
})
