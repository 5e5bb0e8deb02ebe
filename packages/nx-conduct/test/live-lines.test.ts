import { liveLines, type Progress } from '@nx-conduct/conductor'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { detailIn } from '../src/run/detail.ts'

const place = { step: 'implement', phase: '2', module: 'api' } as const
const started: Progress = { type: 'agent-started', place, role: 'implementation-executor', agent: 'claude' }
const turn: Progress = {
  type: 'agent-turn',
  place,
  role: 'implementation-executor',
  turn: 1,
  tokens: 900,
  summary: 'Hm.',
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function watched(env: Readonly<Record<string, string>>) {
  const printed: { atMs: number; line: string }[] = []
  const monotonicMs = () => performance.now()
  const lines = liveLines((line) => printed.push({ atMs: performance.now(), line }), { monotonicMs }, detailIn(env))
  return { printed, lines }
}

test('while something works no 15 seconds pass without a line', () => {
  const { printed, lines } = watched({})
  lines.report(started)
  vi.advanceTimersByTime(120_000)
  lines.close()
  const gaps = printed.slice(1).map(({ atMs }, index) => atMs - (printed[index]?.atMs ?? 0))
  expect(gaps.length).toBeGreaterThanOrEqual(7)
  expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000)
  expect(printed.at(-1)?.line).toMatch(/… 1 agent, 1 min \d+ s: api$/)
})

test('on CI a heartbeat comes once a minute at most', () => {
  const { printed, lines } = watched({ CI: 'true' })
  lines.report(started)
  vi.advanceTimersByTime(200_000)
  lines.close()
  expect(printed).toHaveLength(4)
})

test('turns of agents are shown by --verbose alone', () => {
  for (const [env, count] of [
    [{}, 0],
    [{ CI: '1' }, 0],
    [{ NX_VERBOSE_LOGGING: 'true' }, 1],
  ] as const) {
    const { printed, lines } = watched(env)
    lines.report(turn)
    lines.close()
    expect(printed, JSON.stringify(env)).toHaveLength(count)
  }
})

test('after the end nothing is printed', () => {
  const { printed, lines } = watched({})
  lines.report(started)
  lines.close()
  vi.advanceTimersByTime(60_000)
  expect(printed).toHaveLength(1)
})

test('the timer does not keep the process alive', () => {
  vi.useRealTimers()
  const started = vi.spyOn(globalThis, 'setInterval')
  const lines = liveLines(() => {}, { monotonicMs: () => 0 }, { quietMs: 1 })
  expect(started.mock.results.map(({ value }) => value.hasRef())).toEqual([false])
  lines.close()
  started.mockRestore()
})
