import { expect, test } from 'vitest'
import { compact, duration, elapsed } from '../src/views/text/figures.ts'
import { progressLine } from '../src/views/text/lines.ts'
import { table } from '../src/views/text/table.ts'

test('figures are short and carry their unit', () => {
  expect([0, 999, 1_234, 12_345, 1_234_567].map(compact)).toEqual(['0', '999', '1.2k', '12k', '1.2M'])
  expect([340, 2_449, 200_000].map(duration)).toEqual(['340 ms', '2.4 s', '3 min 20 s'])
  expect([0, 7_900, 723_000, 3_723_000].map(elapsed)).toEqual(['0:00', '0:07', '12:03', '1:02:03'])
})

test('a line says when, where and what', () => {
  const line = progressLine(
    {
      type: 'agent-turn',
      place: { step: 'implement', phase: '2', module: 'api' },
      role: 'implementation-executor',
      turn: 3,
      tokens: 4_100,
      summary: 'Writing\nthe server',
    },
    65_000,
    { verbose: true },
  )
  expect(line).toMatch(/^ {2}1:05 {2}phase 2 implement api +turn 3, 4\.1k tokens: Writing the server$/)
})

test('what was recorded before is no news', () => {
  const place = { step: 'test', phase: '1' } as const
  expect(
    progressLine({ type: 'gate', place, gate: 'test', rule: 'x', outcome: 'passed', recorded: true, durationMs: 0 }, 0),
  ).toBeUndefined()
})

test('columns are aligned', () => {
  expect(
    table([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('  a    bb\n  ccc  d')
})
