import { noUsage } from '@nx-conduct/store'
import { expect, test } from 'vitest'
import { follow, heartbeatLine, nothingRuns, type Progress, type Running } from '../src/index.ts'

const quietMs = 15_000
const implement = (module: string) => ({ step: 'implement', phase: '2', module }) as const

/** What runs after events that came at these seconds. */
function after(...events: readonly (readonly [number, Progress])[]): Running {
  return events.reduce((running, [atS, progress]) => follow(running, progress, atS * 1_000), nothingRuns)
}

function beat(running: Running, nowS: number, lastLineS = 0): string | undefined {
  return heartbeatLine(running, { nowMs: nowS * 1_000, startedMs: 0, lastLineMs: lastLineS * 1_000, quietMs })
}

const agent = (module: string): Progress => ({
  type: 'agent-started',
  place: implement(module),
  role: 'implementation-executor',
  agent: 'claude',
})
const command = (what: string, state: 'waits' | 'runs' | 'ended'): Progress => ({
  type: 'work',
  kind: 'command',
  what,
  state,
})

test('agents are told with the longest time and whole names, and who waits for one apart', () => {
  const module = 'a-module-with-a-name-that-is-rather-long-and-is-told-whole'
  const running = after(
    [0, { type: 'step-started', place: implement('api') }],
    [0, { type: 'step-started', place: implement(module) }],
    [0, { type: 'step-started', place: implement('page') }],
    [1, agent('api')],
    [3, agent(module)],
  )
  expect(beat(running, 46)).toBe(`  0:46  … 2 agents, 45 s: api, ${module}; waiting for an agent: page`)
})

test('a command that waits for a free place is no running one, and every one ends', () => {
  const both = after([0, command('make', 'waits')], [0, command('make', 'waits')], [2, command('make', 'runs')])
  expect(beat(both, 20)).toBe('  0:20  … `make`, 18 s; waiting to run: `make`')
  const second = follow(both, command('make', 'ended'), 21_000)
  expect(beat(second, 40)).toBe('  0:40  … waiting to run: `make`')
  const running = follow(second, command('make', 'runs'), 41_000)
  expect(beat(running, 101)).toBe('  1:41  … `make`, 1 min 0 s')
  expect(beat(follow(running, command('make', 'ended'), 102_000), 200)).toBeUndefined()
})

test('an agent that the API asked to wait is told as waiting, as long as it was asked to', () => {
  const place = implement('api')
  const running = after(
    [0, agent('api')],
    [10, { type: 'agent-retry', place, role: 'implementation-executor', waitMs: 30_000, why: 'overloaded' }],
  )
  expect(beat(running, 39)).toBe('  0:39  … waiting for the API: api')
  expect(beat(running, 41)).toBe('  0:41  … 1 agent, 41 s: api')
  const ended = follow(
    running,
    { type: 'agent-ended', place, role: 'implementation-executor', outcome: 'reported', usage: noUsage, durationMs: 1 },
    42_000,
  )
  expect(beat(ended, 90)).toBeUndefined()
})

test('a step that ends takes an agent along that was stopped and never reported its end', () => {
  const running = after(
    [0, { type: 'step-started', place: implement('api') }],
    [0, agent('api')],
    [5, { type: 'step-failed', place: implement('api'), reason: 'agent-unavailable', message: 'gone' }],
  )
  expect(beat(running, 60)).toBeUndefined()
})

test('where nothing else is told, the step is; and a lease that another process holds is waited for', () => {
  const place = { step: 'integrate', phase: '2' } as const
  const working = after([0, { type: 'step-started', place }])
  expect(beat(working, 20)).toBe('  0:20  … phase 2 integrate, 20 s')
  const waiting = follow(working, { type: 'waiting', place, holder: 'host, process 7', since: 'noon' }, 20_000)
  expect(beat(waiting, 40)).toBe('  0:40  … phase 2 integrate waits for host, process 7')
  expect(beat(follow(waiting, { type: 'waited', place }, 41_000), 60)).toBe('  1:00  … phase 2 integrate, 19 s')
})

test('a checkout is told by what it is for', () => {
  const running = after([0, { type: 'work', kind: 'checkout', what: 'sums-api', state: 'runs' }])
  expect(beat(running, 16)).toBe('  0:16  … 1 checkout, 16 s: sums-api')
})

test('no heartbeat comes before its time, nor when nothing works', () => {
  const running = after([0, agent('api')])
  expect(beat(running, 29.9, 15)).toBeUndefined()
  expect(beat(running, 30, 15)).toBe('  0:30  … 1 agent, 30 s: api')
  expect(beat(nothingRuns, 500)).toBeUndefined()
})
