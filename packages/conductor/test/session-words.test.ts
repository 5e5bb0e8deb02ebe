import { compile } from '@nx-conduct/spec'
import { expect, test } from 'vitest'
import { explainLeftPaths } from '../src/agents/left-paths.ts'
import { doubted } from '../src/agents/session.ts'
import { explainSession } from '../src/agents/session-end.ts'
import { fullDisk } from '../src/checkouts/free-space.ts'
import type { RunContext } from '../src/run/context.ts'
import { specWith } from './rig/spec.ts'

const plan = compile(specWith('budget: { wall: 90s, turns: 7 }', ['One', '- a', 'Modules: api (api/**), web (web/**)']))
const [phase] = plan.phases
const [module] = phase?.modules ?? []
if (phase === undefined || module === undefined) throw new Error('the spec has no phase')

const context = { plan, workspace: { root: '/w' } } as unknown as Pick<RunContext, 'plan' | 'workspace'>
const task = {
  place: { step: 'implement', phase: '1', module: 'api' },
  phase,
  transcript: 'transcript-2.jsonl',
} as unknown as Parameters<typeof explainSession>[1]
const usage = { turns: 1, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
const end = /; then run: npx nx run spec:conduct$|, then run: npx nx run spec:conduct$/

test.each([
  [
    'wall',
    ': budget.wall is 1 min 30 s',
    /^Raise budget\.wall .*commit the spec; if the agent only hung, leave the spec/,
  ],
  ['turns', ': budget.turns is 7', /^Raise budget\.turns .*commit the spec; then run/],
  ['tokens', ': budget.tokens is 2000000', /^Raise budget\.tokens /],
  ['context', '', /^The module is too large .*commit the spec, then run/],
] as const)('a session that reached its limit (%s) names how high it was, and what to raise', (limit, high, next) => {
  const { message, hint } = explainSession(context, task, { kind: 'limit', limit, said: ['Waiting.'], usage })
  expect(message).toBe(
    [
      `the agent reached its limit (${limit}) before it ended its session${high} (phase 1, module api)`,
      '  it said   Waiting.',
      '  transcript .conduct/spec/1/implement/api/transcript-2.jsonl',
    ].join('\n'),
  )
  expect(hint).toMatch(next)
  expect(hint).toMatch(end)
})

test('a refusal leads to the tasks in the spec, which has to be committed', () => {
  const { hint } = explainSession(context, task, { kind: 'refused', message: 'No.', usage })
  expect(hint).toMatch(/^Rephrase the phase's tasks in the spec.*commit the spec, then run: npx nx run spec:conduct$/)
})

test('a module that left its paths has its words, its transcript, and the line to write', () => {
  const ownership = { kind: 'paths', globs: ['api/**'] } as const
  const left = { module, ownership, foreign: ['notes/a.md', 'b.txt'] }
  expect(explainLeftPaths(context, task, { report: 'I wrote\nthe notes.' }, left)).toEqual({
    reason: 'ownership',
    message: [
      'the agent of module api changed paths it does not own (phase 1, module api)',
      '  paths     notes/a.md',
      '            b.txt',
      '  it said   I wrote',
      '            the notes.',
      '  transcript .conduct/spec/1/implement/api/transcript-2.jsonl',
    ].join('\n'),
    hint: "Let the module own them: `Modules: api (api/**, notes/**, b.txt)`, or say in the phase's gotchas that they are to be left alone; commit the spec, then run: npx nx run spec:conduct",
  })
})

test('a session at whose end the disk is full counts as none, whatever it reported', async () => {
  // A file system that says it has no room.
  const full = await fullDisk('/proc/self')
  expect(full).toBe('the disk is full (ENOSPC): 0 B are free in /proc/self')
  expect(await fullDisk(process.cwd())).toBeUndefined()
  const report = { built: 'I wrote it.', tests: '', issues: [] }
  const outcome = doubted({ kind: 'reported', report, usage }, full)
  expect(outcome).toMatchObject({ kind: 'unavailable', said: ['I wrote it.'], usage })
  if (outcome.kind !== 'unavailable') throw new Error(outcome.kind)
  const { message, hint } = explainSession(context, task, outcome)
  expect(message).toMatch(/^the disk is full .* may be cut off \(phase 1, module api\)\n {2}it said {3}I wrote it\.$/m)
  expect(hint).toBe(
    'Free some space, or set NX_CONDUCT_HOME to a folder on another disk, then run: npx nx run spec:conduct',
  )
  expect(doubted({ kind: 'aborted', usage }, full).kind).toBe('aborted')
  expect(doubted({ kind: 'reported', report, usage }, undefined).kind).toBe('reported')
})
