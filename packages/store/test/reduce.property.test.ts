import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { evidenceKey, initialState, type RunState, reduce } from '../src/index.ts'
import { accepted, complete, evidence, opened, raisedTo, usage } from './rig.ts'

const oid = (letter: string) => letter.repeat(40)
const trees = ['a', 'b'].map(oid)
const work = fc.record({ commit: fc.constantFrom(oid('c'), oid('d')), tree: fc.constantFrom(...trees) })
const run = fc.constantFrom('r1', 'r1', 'r1', 'r2')
const stepKey = fc.constantFrom('k1', 'k2', 'k3')
const gate = fc.constantFrom('test' as const, 'test' as const, 'regression' as const, 'lint' as const)
const outcome = fc.constantFrom(...Array.from({ length: 6 }, () => 'passed' as const), 'failed' as const)

const open = run.map((name) => opened(oid('c'), name))
const start = fc
  .tuple(stepKey, run)
  .map(([key, name]): EventBody => ({ type: 'step.started', run: name, step: 'test', phase: '1', stepKey: key }))
const accept = fc.tuple(work, stepKey, run).map(([of, key, name]) => accepted(of, key, name))
const fail = fc.tuple(stepKey, run).map(
  ([key, name]): EventBody => ({
    type: 'step.failed',
    run: name,
    step: 'test',
    phase: '1',
    stepKey: key,
    reason: 'r',
    message: 'm',
  }),
)
const prove = fc
  .tuple(fc.constantFrom(...trees), gate, outcome, run)
  .map(([tree, of, how, name]) => evidence(tree, { gate: of, outcome: how, exitCode: how === 'passed' ? 0 : 1 }, name))
const finish = fc.tuple(work, fc.array(gate, { maxLength: 2 }), run).map(
  ([of, gates, name]): EventBody => ({
    ...complete(of, name),
    gates: gates.map((each) => ({ gate: each, version: 1, rule: 'npm test' })),
  }),
)
const finalize = run.map(
  (name): EventBody => ({
    type: 'run.finalized',
    run: name,
    from: oid('c'),
    to: oid('d'),
    tree: oid('a'),
    moved: true,
  }),
)
const raise = fc.integer({ min: 0, max: 3 }).map((epoch): EventBody => raisedTo(epoch))
const session = fc.tuple(work, run).map(
  ([of, name]): EventBody => ({
    type: 'agent.finished',
    run: name,
    phase: '1',
    role: 'fix-executor',
    agentKey: 'a',
    outcome: 'reported',
    usage,
    ...of,
    durationMs: 1,
  }),
)

const body: fc.Arbitrary<EventBody> = fc.oneof(
  { arbitrary: prove, weight: 8 },
  { arbitrary: finish, weight: 8 },
  { arbitrary: accept, weight: 4 },
  { arbitrary: start, weight: 4 },
  { arbitrary: fail, weight: 2 },
  { arbitrary: session, weight: 2 },
  { arbitrary: raise, weight: 2 },
  { arbitrary: open, weight: 1 },
  { arbitrary: finalize, weight: 1 },
)

interface Attempt {
  readonly body: EventBody
  readonly fence: number
  readonly operation: number
  readonly skew: number
}

const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    body,
    fence: fc.integer({ min: 0, max: 4 }),
    operation: fc.integer({ min: 0, max: 2000 }),
    skew: fc.constantFrom(...Array.from({ length: 30 }, () => 0), -1, 1),
  }),
  { minLength: 20, maxLength: 60, size: 'max' },
)

/** Offers every attempt to the reducer and keeps what it takes. */
function play(tries: readonly Attempt[]): { states: RunState[]; events: Event[] } {
  const states = [initialState()]
  const events: Event[] = []
  const first: Attempt = { body: opened(oid('c'), 'r1'), fence: 0, operation: -1, skew: 0 }
  for (const { body: of, fence, operation, skew } of [first, ...tries]) {
    const state = states.at(-1) ?? initialState()
    const event: Event = {
      version: eventVersion,
      seq: state.seq + 1 + skew,
      at: '2026-01-01T00:00:00.000Z',
      operationId: `op${operation}`,
      writer: 'w',
      ...(fence > 0 ? { fence } : {}),
      body: of,
    }
    const reduced = reduce(state, event)
    if (reduced.kind === 'illegal') continue
    events.push(event)
    states.push(reduced.state)
  }
  return { states, events }
}

const holds = (property: (played: ReturnType<typeof play>) => void) =>
  fc.assert(
    fc.property(attempts, (tries) => property(play(tries))),
    { numRuns: 300 },
  )

describe('whatever is offered to the reducer', () => {
  it('no phase is complete without passing evidence for each gate on exactly its tree', () =>
    holds(({ states, events }) => {
      for (const [index, { body: of }] of events.entries()) {
        if (of.type !== 'phase.complete') continue
        expect(of.gates.length).toBeGreaterThan(0)
        for (const required of of.gates) {
          const key = evidenceKey({ ...required, tree: of.tree, environment: of.environment })
          expect(states[index]?.evidence[key]?.outcome).toBe('passed')
        }
      }
    }))

  it('a step key has at most one accepted result, and it never changes', () =>
    holds(({ states, events }) => {
      const keys = events.flatMap(({ body: of }) => (of.type === 'step.accepted' ? [of.stepKey] : []))
      expect(new Set(keys).size).toBe(keys.length)
      for (const [index, state] of states.entries()) {
        for (const [key, step] of Object.entries(state.steps)) {
          if (step.status === 'accepted') expect(states[index + 1]?.steps[key] ?? step).toEqual(step)
        }
      }
    }))

  it('numbers are contiguous, operations unique, and the fences of a step never fall', () =>
    holds(({ events }) => {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      expect(new Set(events.map(({ operationId }) => operationId)).size).toBe(events.length)
      const highest = new Map<string, number>()
      for (const { body: of, fence = 0 } of events) {
        if (!('stepKey' in of)) continue
        expect(fence).toBeGreaterThanOrEqual(highest.get(of.stepKey) ?? 0)
        highest.set(of.stepKey, fence)
      }
    }))

  it('nothing is added to a finalized run', () =>
    holds(({ states, events }) => {
      for (const [index, { body: of }] of events.entries()) {
        if ('run' in of && of.type !== 'notice') expect(states[index]?.runs[of.run]?.status).not.toBe('finalized')
      }
    }))

  it('folding again gives the same state, from the events, from JSON, and for every state on the way', () =>
    holds(({ states, events }) => {
      const written = states.map((state) => JSON.stringify(state))
      const again = play(
        events.slice(1).map(({ body: of, fence = 0, operationId }) => ({
          body: of,
          fence,
          operation: Number(operationId.slice(2)),
          skew: 0,
        })),
      )
      expect(again.states.map((state) => JSON.parse(JSON.stringify(state)))).toEqual(
        written.map((json) => JSON.parse(json)),
      )
      const middle = Math.floor(events.length / 2)
      let state = JSON.parse(written[middle] ?? '') as RunState
      for (const event of events.slice(middle)) {
        const reduced = reduce(state, event)
        if (reduced.kind === 'illegal') throw new Error(reduced.message)
        state = reduced.state
      }
      expect(JSON.parse(JSON.stringify(state))).toEqual(JSON.parse(written.at(-1) ?? ''))
    }))
})

describe('the generator', () => {
  it('reaches complete phases, refused phases and finalized runs', () => {
    const reached = fc
      .sample(attempts, { numRuns: 300, seed: 1 })
      .map((tries) => ({ tries, events: play(tries).events }))
    const count = (type: EventBody['type']) =>
      reached.flatMap(({ events }) => events).filter(({ body: of }) => of.type === type).length
    const offered = reached.flatMap(({ tries }) => tries).filter(({ body: of }) => of.type === 'phase.complete').length
    expect(count('phase.complete')).toBeGreaterThan(20)
    expect(count('phase.complete')).toBeLessThan(offered / 2)
    expect(count('step.accepted')).toBeGreaterThan(100)
    expect(count('run.finalized')).toBeGreaterThan(50)
  })
})
