import { afterEach, expect, test } from 'vitest'
import { eventLine, type Watched, type WatchOptions, watchRun } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

function watching(more: Partial<WatchOptions> = {}) {
  return watchRun({
    root: workspace.root,
    spec: 'spec',
    signal: new AbortController().signal,
    onNotice: () => undefined,
    now: () => new Date(),
    monotonicMs: () => performance.now(),
    pollMs: 20,
    idleMs: 300,
    ...more,
  })
}

async function all(watch: AsyncIterable<Watched>): Promise<{ readonly lines: string; readonly end: string }> {
  const lines: string[] = []
  let end = 'stopped'
  for await (const watched of watch) {
    if (watched.kind === 'event') lines.push(eventLine(watched.event, watched.sinceMs) ?? '')
    else if (watched.kind === 'working') lines.push(JSON.stringify(watched.running.steps.map(({ place }) => place)))
    else end = watched.kind
  }
  return { lines: lines.join('\n'), end }
}

const refs = () => workspace.git('for-each-ref', '--format=%(refname) %(objectname)')

test('a run is followed while it goes on, to its end', async () => {
  workspace = await Workspace.with({ spec: specWith('', ['One', '- a', 'Test Command: test -f phase-1.txt']) })
  expect((await all(watching())).end).toBe('no-run')
  const run = workspace.conduct()
  const patient = { idleMs: 60_000 }
  let seen = await all(watching(patient))
  while (seen.end === 'no-run') seen = await all(watching(patient))
  expect((await run).failures).toEqual([])
  expect(seen.end).toBe('finalized')
  expect(seen.lines).toMatch(/^ {2}0:00 +run [0-9a-f]+ from main at /)
  expect(seen.lines).toMatch(/phase 1 implement \S+ +✔/)
  expect(seen.lines).toMatch(/phase 1 +✓ test test -f phase-1\.txt/)
  expect(seen.lines).toMatch(/✔ main is at [0-9a-f]{7}$/)
})

test('while nothing happens, what processes work on is told, and no more once it has ended', async () => {
  workspace = await Workspace.with({
    spec: specWith('', ['One', '- a', 'Test Command: test -f phase-1.txt']),
    agents: { implement: 'sleep 1; touch phase-1.txt' },
  })
  const run = workspace.conduct()
  let seen = await all(watching({ idleMs: 60_000, quietMs: 200 }))
  while (seen.end === 'no-run') seen = await all(watching({ idleMs: 60_000, quietMs: 200 }))
  expect((await run).failures).toEqual([])
  expect(seen.lines).toMatch(/^\[\{"step":"implement","phase":"1","module":"\w+"\}\]$/m)
  expect(seen.lines.lastIndexOf('"implement"')).toBeLessThan(seen.lines.search(/phase 1 implement \S+ +✔/))
})

test('a run that failed is shown with its escalation, is found to be left, and nothing is written', async () => {
  workspace = await Workspace.with({ spec: specWith('rounds: 0', ['One', '- a', 'Test Command: exit 1']) })
  await workspace.conduct()
  const before = await refs()
  const { lines, end } = await all(watching())
  expect(end).toBe('left')
  expect(lines).toContain('✖ Phase 1 (One) needs you')
  expect(await refs()).toBe(before)
})

test('a watch that is stopped ends quietly', async () => {
  workspace = await Workspace.with({ spec: specWith('rounds: 0', ['One', '- a', 'Test Command: exit 1']) })
  await workspace.conduct()
  const stop = new AbortController()
  const monotonicMs = () => {
    stop.abort()
    return 0
  }
  const { end } = await all(watching({ signal: stop.signal, idleMs: 60_000, monotonicMs }))
  expect(end).toBe('stopped')
})
