import { expect, it } from 'vitest'
import { type EventBody, eventVersion } from '../src/event.ts'
import { initialState, type RunState, reduce } from '../src/index.ts'
import { accepted, opened } from './rig.ts'

const tree = 'a'.repeat(40)
const commit = 'c'.repeat(40)

function next(state: RunState, body: EventBody): RunState {
  const seq = state.seq + 1
  const reduced = reduce(state, {
    version: eventVersion,
    seq,
    at: 'now',
    operationId: `op${seq}`,
    writer: 'here/1',
    body,
  })
  if (reduced.kind === 'illegal') throw new Error(reduced.message)
  return reduced.state
}

it('20 000 events are folded at the same speed at the end as at the start', () => {
  let state = next(initialState(), opened(commit))
  const half = (from: number) => {
    const startedMs = performance.now()
    for (let index = from; index < from + 10_000; index++)
      state = next(state, accepted({ commit, tree }, `key${index}`))
    return performance.now() - startedMs
  }
  const first = half(0)
  expect(half(10_000)).toBeLessThan(Math.max(first * 4, 500))
  expect(Object.keys(state.steps)).toHaveLength(20_000)
})
