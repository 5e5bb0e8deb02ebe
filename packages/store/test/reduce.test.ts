import { describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { evidenceKey, initialState, type RunState, reduce } from '../src/index.ts'
import { accepted, complete, escalated, evidence, opened, raisedTo, report, usage } from './rig.ts'

const tree = 'a'.repeat(40)
const otherTree = 'b'.repeat(40)
const commit = 'c'.repeat(40)
const work = { commit, tree }

function event(seq: number, body: EventBody, more: Partial<Event> = {}): Event {
  return {
    version: eventVersion,
    seq,
    at: `2026-01-01T00:00:0${seq % 10}.000Z`,
    operationId: `op${seq}`,
    writer: 'here/1',
    body,
    ...more,
  }
}

function fold(...bodies: EventBody[]): RunState {
  let state = initialState()
  for (const body of bodies) state = next(state, body)
  return state
}

function next(state: RunState, body: EventBody, more: Partial<Event> = {}): RunState {
  const reduced = reduce(state, event(state.seq + 1, body, more))
  if (reduced.kind === 'illegal') throw new Error(reduced.message)
  return reduced.state
}

function refusal(state: RunState, body: EventBody, more: Partial<Event> = {}): string {
  const reduced = reduce(state, event(state.seq + 1, body, more))
  return reduced.kind === 'illegal' ? reduced.message : 'it was accepted'
}

describe('a phase is never complete without evidence', () => {
  it('accepts a phase whose every gate has passed on its tree', () => {
    const state = fold(opened(commit), evidence(tree), complete(work))
    expect(state.runs['r1']?.complete['1']?.tree).toBe(tree)
  })

  it.each([
    ['none at all', []],
    ['for another tree', [evidence(otherTree)]],
    ['for another environment', [evidence(tree, { environment: 'elsewhere' })]],
    ['for another rule', [evidence(tree, { rule: 'true' })]],
    ['for another gate', [evidence(tree, { gate: 'lint' })]],
    ['of another version of the gate', [evidence(tree, { version: 2 })]],
    ['that compared with another tree', [evidence(tree, { base: otherTree })]],
    ['that says failed', [evidence(tree, { outcome: 'failed', exitCode: 1 })]],
    ['that failed after it had passed', [evidence(tree), evidence(tree, { outcome: 'failed', exitCode: 1 })]],
  ])('refuses evidence %s', (_what, bodies) => {
    expect(refusal(fold(opened(commit), ...bodies), complete(work))).toMatch(
      /gate test \(npm test\) of phase 1 is not proven/,
    )
  })

  it('refuses a phase that is completed in another environment than its evidence', () => {
    const elsewhere = { ...complete(work), environment: 'elsewhere' }
    expect(refusal(fold(opened(commit), evidence(tree)), elsewhere)).toContain('is not proven')
  })

  it('refuses a phase when one gate of several lacks evidence', () => {
    const gates = [
      { gate: 'test', version: 1, rule: 'npm test' },
      { gate: 'files', version: 1, rule: 'README.md' },
    ] as const
    expect(refusal(fold(opened(commit), evidence(tree)), { ...complete(work), gates })).toContain('gate files')
  })

  it('refuses a phase that names no gate, and a phase that is not of the run', () => {
    const state = fold(opened(commit), evidence(tree))
    expect(refusal(state, { ...complete(work), gates: [] })).toContain('at least one')
    expect(refusal(state, { ...complete(work), phase: '9' })).toContain('no phase 9')
  })

  it('takes a test that passed for the regression gate of another phase on the same tree', () => {
    const gates = [{ gate: 'regression', version: 1, rule: 'npm test' }] as const
    expect(refusal(fold(opened(commit), evidence(tree)), { ...complete(work), gates })).toBe('it was accepted')
    expect(evidenceKey({ gate: 'test', version: 1, rule: 'x', tree, environment: 'e' })).not.toBe(
      evidenceKey({ gate: 'lint', version: 1, rule: 'x', tree, environment: 'e' }),
    )
  })

  it('refuses evidence that claims to have passed with a failing exit code', () => {
    expect(refusal(fold(opened(commit)), evidence(tree, { exitCode: 1 }))).toContain('exit code 1')
  })

  it('forgets the escalation of a phase that is complete after all', () => {
    const state = fold(opened(commit), escalated(), evidence(tree))
    expect(state.runs['r1']?.escalated['1']).toBeDefined()
    expect(next(state, complete(work)).runs['r1']?.escalated['1']).toBeUndefined()
  })
})

describe('recording is exactly-once', () => {
  it.each([
    ['a gap', 3],
    ['a repeated number', 1],
  ])('refuses %s in the sequence', (_what, seq) => {
    const reduced = reduce(fold(opened(commit)), event(seq, { type: 'notice', code: 'x', message: 'y' }))
    expect(reduced).toMatchObject({ kind: 'illegal', message: expect.stringContaining('contiguous') })
  })

  it('refuses an operation that is recorded already', () => {
    expect(
      refusal(fold(opened(commit)), { type: 'notice', code: 'x', message: 'y' }, { operationId: 'op1' }),
    ).toContain('already recorded as event 1')
  })

  it('keeps one accepted result per step key, in whichever run', () => {
    const state = fold(opened(commit), accepted(work, 'k'), opened(commit, 'r2'))
    expect(refusal(state, accepted({ commit, tree: otherTree }, 'k'))).toContain('one per step key')
    expect(refusal(state, accepted(work, 'k', 'r2'))).toContain('one per step key')
    expect(refusal(state, { type: 'step.started', run: 'r2', step: 'test', phase: '1', stepKey: 'k' })).toContain(
      'one per step key',
    )
  })

  it('lets a failed step be tried again', () => {
    const failed: EventBody = {
      type: 'step.failed',
      run: 'r1',
      step: 'implement',
      phase: '1',
      stepKey: 'k',
      reason: 'x',
      message: 'y',
    }
    const state = fold(opened(commit), failed, accepted(work, 'k'))
    expect(state.steps['k']).toMatchObject({ status: 'accepted', result: work })
    expect(state.steps['k']).not.toHaveProperty('failure')
  })

  it('refuses a result under an older fence than the step was last written under', () => {
    const started: EventBody = { type: 'step.started', run: 'r1', step: 'implement', phase: '1', stepKey: 'k' }
    const state = next(fold(opened(commit)), started, { fence: 7 })
    expect(state.fence).toBe(7)
    expect(next(state, { type: 'notice', code: 'x', message: 'y' }).fence).toBe(7)
    expect(refusal(state, accepted(work, 'k'), { fence: 6 })).toContain('fence 6 is stale')
    expect(refusal(state, accepted(work, 'k'))).toContain('fence none is stale')
    expect(refusal(state, accepted(work, 'k'), { fence: 7 })).toBe('it was accepted')
  })

  it('adds nothing to a finalized run but notices and epochs', () => {
    const state = fold(opened(commit), {
      type: 'run.finalized',
      run: 'r1',
      from: commit,
      to: commit,
      tree,
      moved: true,
    })
    expect(state.runs['r1']?.status).toBe('finalized')
    for (const body of [
      evidence(tree),
      accepted(work, 'k'),
      { type: 'finalize.started', run: 'r1', from: commit, to: commit } as const,
    ]) {
      expect(refusal(state, body)).toContain('is finalized')
    }
    expect(refusal(state, { type: 'notice', run: 'r1', code: 'x', message: 'y' })).toBe('it was accepted')
    expect(refusal(state, raisedTo(1))).toBe('it was accepted')
  })

  it('knows no run that was not opened, and opens none twice', () => {
    expect(refusal(initialState(), evidence(tree))).toContain('never opened')
    expect(refusal(fold(opened(commit)), opened(commit))).toContain('already open')
  })

  it('only ever raises an epoch', () => {
    const state = fold(raisedTo(2))
    expect(state.epochs['slice of 1']).toBe(2)
    expect(refusal(state, raisedTo(2))).toContain('does not raise')
  })
})

describe('agents', () => {
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

  it('adds what a session spent to its run, whether or not it left work', () => {
    const state = fold(opened(commit), session, { ...session, ...work, report })
    expect(state.runs['r1']?.usage).toEqual({
      sessions: 2,
      turns: 6,
      inputTokens: 20,
      outputTokens: 40,
      cacheReadTokens: 10,
      cacheWriteTokens: 2,
    })
  })

  it('remembers the session that reported, not a later one that did not', () => {
    expect(fold(opened(commit), session).sessions['a']).toBeUndefined()
    const state = fold(
      opened(commit),
      { ...session, ...work, report },
      { ...session, commit, tree: otherTree, outcome: 'limit' },
    )
    expect(state.sessions['a']?.tree).toBe(tree)
  })
})

describe('the state', () => {
  it('stays what it was when more is folded onto it', () => {
    const before = fold(opened(commit))
    const left = next(before, accepted(work, 'left'))
    const right = next(before, accepted(work, 'right'))
    expect(Object.keys(before.steps)).toEqual([])
    expect(Object.keys(left.steps)).toEqual(['left'])
    expect(Object.keys(right.steps)).toEqual(['right'])
    expect(left.runs['r1']).toEqual(before.runs['r1'])
  })

  it('is plain data: folding goes on from its JSON as from itself', () => {
    const state = fold(opened(commit), accepted(work, 'k'), evidence(tree))
    const copy = JSON.parse(JSON.stringify(state)) as RunState
    expect(next(copy, complete(work))).toEqual(next(state, complete(work)))
  })

  it('answers for keys that are names of object properties', () => {
    expect(fold(opened(commit)).steps['constructor']).toBeUndefined()
    const odd = ['__', 'proto', '__'].join('')
    expect(fold(opened(commit), accepted(work, odd)).steps[odd]?.status).toBe('accepted')
  })
})
