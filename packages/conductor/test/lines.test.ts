import { noUsage } from '@nx-conduct/store'
import { expect, test } from 'vitest'
import { type Progress, progressLine } from '../src/index.ts'

const place = { step: 'test', phase: '2' } as const
const usage = { ...noUsage, sessions: 1, turns: 2, inputTokens: 1_200, outputTokens: 34 }

const lines: readonly (readonly [Progress, string | undefined])[] = [
  [
    { type: 'run', run: 'abc', head: '0123456789', branch: 'main', resumed: true },
    '  0:00                             run abc from main at 0123456, resumed',
  ],
  [
    { type: 'run', run: 'abc', head: '0123456789', resumed: false },
    '  0:00                             run abc from detached HEAD at 0123456',
  ],
  [{ type: 'step-started', place }, undefined],
  [
    { type: 'step-ended', place, source: 'recorded', summary: 'passed', durationMs: 5 },
    '  0:00  phase 2 test               ✔ from the run log: passed',
  ],
  [
    { type: 'step-ended', place, source: 'imported', summary: 'passed', durationMs: 1_500 },
    '  0:00  phase 2 test               ✔ from another machine: passed  (1.5 s)',
  ],
  [
    { type: 'step-failed', place, reason: 'escalated', message: 'red\nand more' },
    '  0:00  phase 2 test               ✖ red',
  ],
  [
    { type: 'agent-started', place, role: 'fix-executor', agent: 'claude', round: 2 },
    '  0:00  phase 2 test               ▸ fix-executor round 2 on claude',
  ],
  [
    { type: 'agent-retry', place, role: 'fix-executor', waitMs: 2_000, why: 'overloaded' },
    '  0:00  phase 2 test                 the API asks to wait 2.0 s: overloaded',
  ],
  [
    { type: 'agent-tool', place, role: 'fix-executor', tool: 'bash', summary: 'npm\ntest' },
    '  0:00  phase 2 test                   bash: npm test',
  ],
  [
    { type: 'agent-said', place, role: 'fix-executor', summary: 'I read the\ncode.' },
    '  0:00  phase 2 test                 I read the code.',
  ],
  [
    { type: 'agent-said', place, role: 'fix-executor', summary: 'Bash npm test', tokens: 4_100 },
    '  0:00  phase 2 test                 Bash npm test  (4.1k tokens)',
  ],
  [
    {
      type: 'agent-ended',
      place,
      role: 'fix-executor',
      outcome: 'reported',
      usage: { ...noUsage, sessions: 1, turns: 1, uncounted: 1 },
      durationMs: 3_000,
    },
    '  0:00  phase 2 test               ▪ fix-executor reported: 1 turn, tokens unknown, 3.0 s',
  ],
  [
    { type: 'agent-ended', place, role: 'fix-executor', outcome: 'reported', usage, durationMs: 3_000 },
    '  0:00  phase 2 test               ▪ fix-executor reported: 2 turns, 1.2k tokens, 3.0 s',
  ],
  [
    { type: 'gate', place, gate: 'test', rule: 'make', outcome: 'failed', recorded: false, durationMs: 250 },
    '  0:00  phase 2 test               ✗ test make  (250 ms)',
  ],
  [{ type: 'gate', place, gate: 'files', rule: 'a', outcome: 'passed', recorded: false, durationMs: 1 }, undefined],
  [
    { type: 'gate', place, gate: 'files', rule: 'a', outcome: 'failed', recorded: false, durationMs: 1 },
    '  0:00  phase 2 test               ✗ files a',
  ],
  [
    { type: 'waiting', place: { step: 'finalize' }, holder: 'host, process 7', since: 'noon' },
    '  0:00  finalize                   waits: host, process 7 has been working on this since noon',
  ],
  [
    { type: 'notice', severity: 'warning', code: 'rehearsal', message: 'beware', hint: 'do this' },
    '  0:00                             ! beware\n        do this',
  ],
]

test('everything that is reported is one line with the time, the place and what, or no news', () => {
  for (const [progress, line] of lines) expect(progressLine(progress, 0, { verbose: true })).toBe(line)
})

test('what agents do between their start and their end is shown by --verbose alone', () => {
  const role = 'fix-executor'
  const details: readonly Progress[] = [
    { type: 'agent-turn', place, role, turn: 1, tokens: 900, summary: 'Hm.' },
    { type: 'agent-tool', place, role, tool: 'bash', summary: 'npm test' },
    { type: 'agent-said', place, role, summary: 'Hm.' },
  ]
  for (const progress of details) expect(progressLine(progress, 0), progress.type).toBeUndefined()
})
