import type { EventBody } from '@nx-conduct/store'
import { openRunLog } from '@nx-conduct/store'
import { afterEach, describe, expect, test } from 'vitest'
import { judge, type RunContext, readStatus, statusText } from '../src/index.ts'
import { judging, spec, waitingIn } from './rig/approval.ts'
import type { ConductOptions } from './rig/conductor.ts'
import { alteredLog } from './rig/log.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

type Moment = 'before' | 'after'

/** The process ends right before or after it records an event of this type. */
function killedAt(type: EventBody['type'], moment: Moment, log: RunContext['log']): RunContext['log']['append'] {
  return async (request) => {
    if (request.body.type !== type) return log.append(request)
    if (moment === 'after') await log.append(request)
    throw new Error('killed here')
  }
}

const conductKilledAt =
  (type: EventBody['type'], moment: Moment): NonNullable<ConductOptions['openLog']> =>
  async (options) => {
    const log = await openRunLog(options)
    return alteredLog(log, { append: killedAt(type, moment, log) })
  }

async function judgingKilled(moment: Moment, reject?: string): Promise<void> {
  const context = await workspace.open()
  context.log.append = killedAt('phase.judged', moment, {
    ...context.log,
    append: context.log.append.bind(context.log),
  })
  const judged = judge(context, { phase: '1', ...(reject === undefined ? {} : { reject }) })
  await expect(judged).rejects.toThrow('killed here')
}

async function waits(): Promise<string> {
  workspace = await Workspace.with({ spec, agents: { 'fix 1': 'echo nicer > phase-1.txt' } })
  return waitingIn(await workspace.conduct()).tree
}

const standing = async (): Promise<string> => {
  const status = await readStatus(await workspace.open())
  return status === undefined ? '' : statusText(status, 'none')
}

describe('an approval', () => {
  test('that was killed before it was recorded is none: the phase waits, without an agent, until it is given again', async () => {
    const tree = await waits()
    await judgingKilled('before')
    const run = await workspace.conduct()
    expect(run.agents).toEqual([])
    expect(waitingIn(run).tree).toBe(tree)
    expect(await standing()).toMatch(/phase 1 +One +waiting/)
    await judging(workspace)
    expect((await workspace.conduct()).agents).toEqual(['implement 2 two'])
  })

  test('that was killed right after it was recorded counts, and is not asked for again', async () => {
    await waits()
    await judgingKilled('after')
    await expect(judging(workspace)).rejects.toThrow(/Person <person@example.com> approved it already/)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
  })

  test('is kept by a run that was killed right after it had used it', async () => {
    await waits()
    await judging(workspace)
    const killed = await workspace.conduct({ openLog: conductKilledAt('phase.complete', 'before') })
    expect(killed.failures.length).toBeGreaterThan(0)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect([...killed.agents, ...run.agents]).toEqual(['implement 2 two'])
  })
})

describe('a rejection', () => {
  test('that was killed before it was recorded is none: no agent works on it', async () => {
    const tree = await waits()
    await judgingKilled('before', 'it is ugly')
    const run = await workspace.conduct()
    expect(run.agents).toEqual([])
    expect(waitingIn(run).tree).toBe(tree)
  })

  test('that was killed right after it was recorded reaches the fixing agent, once', async () => {
    const tree = await waits()
    await judgingKilled('after', 'it is ugly')
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['fix 1'])
    expect(await workspace.agents.prompt()).toContain('it is ugly')
    expect(waitingIn(run).tree).not.toBe(tree)
    expect((await workspace.conduct()).agents).toEqual([])
  })

  test('whose fixing agent had ended when the run was killed is not worked on a second time', async () => {
    const tree = await waits()
    await judging(workspace, 'it is ugly')
    const killed = await workspace.conduct({ openLog: conductKilledAt('agent.finished', 'before') })
    expect(killed.agents).toEqual(['fix 1'])
    await workspace.disown()
    const run = await workspace.conduct()
    expect(run.agents).toEqual([])
    expect(waitingIn(run).tree).not.toBe(tree)
    await judging(workspace)
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
    expect(await workspace.read('phase-1.txt')).toBe('nicer\n')
  })
})
