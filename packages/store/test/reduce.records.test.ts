import { describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { initialState, type RunState, reduce } from '../src/index.ts'
import { accepted, complete, escalated, evidence, opened, raisedTo, report, usage } from './rig.ts'

const tree = 'a'.repeat(40)
const otherTree = 'b'.repeat(40)
const commit = 'c'.repeat(40)
const work = { commit, tree }

/** The state after the bodies, written at `at 1`, `at 2`, …; a body may come with a fence. */
function fold(...entries: (EventBody | readonly [EventBody, number])[]): RunState {
  return entries.reduce((state: RunState, entry) => {
    const [body, fence] = 'type' in entry ? [entry] : entry
    const seq = state.seq + 1
    const event: Event = {
      version: eventVersion,
      seq,
      at: `at ${seq}`,
      operationId: `op${seq}`,
      writer: 'w',
      body,
    }
    const reduced = reduce(state, fence === undefined ? event : { ...event, fence })
    if (reduced.kind !== 'ok') throw new Error(reduced.message)
    return reduced.state
  }, initialState())
}

const about = { run: 'r1', step: 'test', phase: '1', stepKey: 'k' } as const
const started: EventBody = { type: 'step.started', ...about }
const failed = { type: 'step.failed', ...about, reason: 'budget', message: 'spent' } as const
const notice: EventBody = { type: 'notice', run: 'r1', code: 'x', message: 'y' }
const raised = raisedTo(1)

describe('the record of a step', () => {
  it('says what has started, and nothing more', () => {
    expect(fold(opened(commit), started).steps['k']).toStrictEqual({ ...about, status: 'started', startedAt: 'at 2' })
  })

  it('says how a step failed, in which module and under which fence', () => {
    const state = fold(opened(commit), [started, 4], [{ ...failed, module: 'api' }, 5])
    expect(state.steps['k']).toStrictEqual({
      ...about,
      module: 'api',
      fence: 5,
      status: 'failed',
      failure: { reason: 'budget', message: 'spent' },
      startedAt: 'at 2',
      endedAt: 'at 3',
    })
  })

  it('says what was accepted, from where, and how long it took', () => {
    expect(fold(opened(commit), accepted(work, 'k')).steps['k']).toStrictEqual({
      ...about,
      step: 'implement',
      module: 'api',
      status: 'accepted',
      source: 'executed',
      result: { step: 'implement', ...work, report: 'made', issues: [] },
      summary: 'made the api',
      startedAt: 'at 2',
      endedAt: 'at 2',
      durationMs: 5,
    })
  })

  it('starts anew with every start, and with another run', () => {
    expect(fold(opened(commit), started, failed, started).steps['k']?.startedAt).toBe('at 4')
    const taken = fold(opened(commit), opened(commit, 'r2'), started, accepted(work, 'k', 'r2'))
    expect(taken.steps['k']).toMatchObject({ run: 'r2', startedAt: 'at 4' })
  })

  it('keeps the fence of a step that was written under one', () => {
    expect(fold(opened(commit), [started, 0], failed).steps['k']?.fence).toBe(0)
  })
})

describe('the record of a run', () => {
  it('says how it was opened, and counts from nothing', () => {
    const { runs, currentRun } = fold(opened(commit))
    expect(currentRun).toBe('r1')
    expect(JSON.parse(JSON.stringify(runs['r1']))).toEqual({
      run: 'r1',
      opened: opened(commit),
      openedAt: 'at 1',
      status: 'open',
      usage: { sessions: 0, turns: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
      usageByRole: {},
      complete: {},
      escalated: {},
      handedIn: {},
      waiting: {},
      judged: {},
      redoneAt: {},
    })
  })

  it('counts what each role used, and remembers a session for its verdict alone', () => {
    const usage = { sessions: 1, turns: 2, inputTokens: 3, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
    const session = { type: 'agent.finished', run: 'r1', phase: '1', outcome: 'judged', usage, durationMs: 1 } as const
    const verdict = { verdict: 'approve', summary: 'fine', findings: [], dropped: 0, criteria: [] } as const
    const state = fold(
      opened(commit),
      { ...session, role: 'code-reviewer', agentKey: 'k1', verdict },
      { ...session, role: 'code-reviewer', agentKey: 'k2', outcome: 'format' },
      { ...session, role: 'fix-executor', agentKey: 'k3', outcome: 'limit' },
    )
    expect(JSON.parse(JSON.stringify(state.runs['r1']?.usageByRole))).toEqual({
      'code-reviewer': { ...usage, sessions: 2, turns: 4, inputTokens: 6 },
      'fix-executor': usage,
    })
    expect(Object.keys(state.sessions)).toEqual(['k1'])
  })

  it('keeps the newest work that a person handed in, and lets a phase wait until it is approved', () => {
    const work = { run: 'r1', phase: '1', slice: 's' }
    const handed = (from: string): EventBody => ({
      type: 'phase.handed-in',
      ...work,
      epoch: 0,
      commit,
      tree,
      taken: tree,
      from,
    })
    const waiting: EventBody = { type: 'phase.waiting', ...work, commit, tree }
    const judged = (verdict: 'approved' | 'rejected'): EventBody => ({
      type: 'phase.judged',
      ...work,
      tree,
      verdict,
      by: 'A',
    })
    const of = (...bodies: readonly EventBody[]) => fold(opened(commit), ...bodies).runs['r1']
    expect(of(handed('one'), handed('two'))?.handedIn['1']).toEqual(handed('two'))
    expect(of(waiting)?.waiting['1']).toEqual(waiting)
    expect(of(waiting, judged('rejected'))?.waiting['1']).toEqual(waiting)
    const approved = of(waiting, judged('rejected'), judged('approved'))
    expect(approved?.waiting).toEqual({})
    expect(approved?.judged[tree]).toEqual(judged('approved'))
    expect(
      of(waiting, { type: 'epochs.raised', why: 'redo', raised: [{ phase: '1', name: 's', epoch: 1 }] })?.waiting,
    ).toEqual({})
  })

  it('forgets what was to be done about a phase that is built again, and says since when', () => {
    const raised: EventBody = { type: 'epochs.raised', why: 'redo', raised: [{ phase: '1', name: 's', epoch: 1 }] }
    const { runs } = fold(opened(commit), escalated('1'), escalated('2'), raised)
    expect(Object.keys(runs['r1']?.escalated ?? {})).toEqual(['2'])
    expect(JSON.parse(JSON.stringify(runs['r1']?.redoneAt))).toEqual({ 1: 'at 4' })
  })

  it('says that its end is under way, and what it ended with', () => {
    const ending: EventBody = { type: 'finalize.started', run: 'r1', branch: 'main', from: commit, to: commit }
    const ended: EventBody = { ...ending, type: 'run.finalized', tree, moved: true }
    expect(fold(opened(commit), ending).runs['r1']?.status).toBe('finalizing')
    expect(fold(opened(commit), ending, ended).runs['r1']).toMatchObject({ status: 'finalized', finalized: ended })
  })

  it('keeps what other phases have come to when one is complete or escalated', () => {
    const other = { ...complete(work), phase: '2' }
    const state = fold(opened(commit), evidence(tree), escalated('2'), escalated('1'), complete(work))
    expect(Object.keys(state.runs['r1']?.escalated ?? {})).toEqual(['2'])
    expect(Object.keys(fold(opened(commit), evidence(tree), complete(work), other).runs['r1']?.complete ?? {})).toEqual(
      ['1', '2'],
    )
  })

  it('is the current one until another is written to; notices and epochs are of no run', () => {
    expect('currentRun' in initialState()).toBe(false)
    expect('currentRun' in fold(notice)).toBe(false)
    expect('currentRun' in fold(raised)).toBe(false)
    const both = [opened(commit), opened(commit, 'r2')] as const
    expect(fold(...both).currentRun).toBe('r2')
    expect(fold(...both, notice).currentRun).toBe('r2')
    expect(fold(...both, raised).currentRun).toBe('r2')
    expect(fold(...both, started).currentRun).toBe('r1')
  })
})

describe('a phase whose epoch is raised', () => {
  const second = { ...complete(work), phase: '2' }
  const completed = (state: RunState, run = 'r1') => Object.keys(state.runs[run]?.complete ?? {})

  it('is no longer complete in the run in progress; every other phase stays so', () => {
    const both = [opened(commit), evidence(tree), complete(work), second] as const
    const state = fold(...both, raised)
    expect(completed(state)).toEqual(['2'])
    expect(state.epochs).toEqual({ 'slice of 1': 1 })
    expect(state.runs['r1']).toMatchObject({ status: 'open', openedAt: 'at 1' })
    expect(completed(fold(...both, raisedTo(1, '3')))).toEqual(['1', '2'])
    expect(completed(fold(...both, raised, complete(work))).sort()).toEqual(['1', '2'])
  })

  it('stays complete in a run that has ended, and in one that another run has followed', () => {
    const end: EventBody = { type: 'run.finalized', run: 'r1', from: commit, to: commit, tree, moved: true }
    const done = [opened(commit), evidence(tree), complete(work)] as const
    expect(completed(fold(...done, end, raised))).toEqual(['1'])
    expect(completed(fold(...done, opened(commit, 'r2'), raised))).toEqual(['1'])
  })

  it.each([0, 0.5, 1, Number.MAX_SAFE_INTEGER + 1])('is refused %d after epoch 1', (epoch) => {
    expect(() => fold(raised, raisedTo(epoch))).toThrow(`epoch ${epoch} of phase 1 does not raise epoch 1`)
  })

  it('rises together with others, or none of them does', () => {
    const both = raisedTo(1, '1', '2')
    const state = fold(opened(commit), evidence(tree), complete(work), second, both)
    expect(state.epochs).toEqual({ 'slice of 1': 1, 'slice of 2': 1 })
    expect(completed(state)).toEqual([])
    expect(() => fold(raisedTo(1, '2'), both)).toThrow('epoch 1 of phase 2 does not raise epoch 1')
    expect(() => fold(raisedTo(1, '1', '1'))).toThrow('epoch 1 of phase 1 does not raise epoch 1')
  })
})

describe('a session of an agent', () => {
  const session = {
    type: 'agent.finished',
    run: 'r1',
    phase: '1',
    role: 'fix-executor',
    agentKey: 'a',
    outcome: 'reported',
    usage,
    durationMs: 1,
  } as const
  const remembered = (...sessions: EventBody[]) => fold(opened(commit), ...sessions).sessions['a']

  it('is remembered when it left a commit or a tree, with or without a report', () => {
    for (const left of [{ commit }, { tree }, { tree, report }])
      expect(remembered({ ...session, ...left })).toEqual({ ...session, ...left })
  })

  it('gives way to a later one, unless it reported and the later one did not', () => {
    const [silent, later] = [
      { ...session, tree },
      { ...session, tree: otherTree },
    ]
    expect(remembered(silent, later)).toEqual(later)
    expect(remembered({ ...silent, report }, { ...later, report })).toEqual({ ...later, report })
    expect(remembered(silent, { ...later, report })?.tree).toBe(otherTree)
    expect(remembered({ ...silent, report }, later)?.tree).toBe(tree)
  })
})

describe('a phase that is refused', () => {
  it.each([
    ['there is no evidence', []],
    ['the evidence says failed', [evidence(tree, { outcome: 'failed', exitCode: 1 })]],
  ])('is told that %s', (why, bodies) => {
    expect(() => fold(opened(commit), ...bodies, complete(work))).toThrow(
      `phase.complete: gate test (npm test) of phase 1 is not proven on tree ${tree}: ${why}`,
    )
  })
})
