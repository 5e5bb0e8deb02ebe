import { afterEach, describe, expect, test } from 'vitest'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** Two modules that own one file together. */
const conflicting = [
  'One',
  '- a',
  'Modules: a (shared.txt), b (shared.txt)',
  'Test Command: grep -q a shared.txt && grep -q b shared.txt',
] as const
const both = { 'implement 1 a': 'echo a > shared.txt', 'implement 1 b': 'echo b > shared.txt' }

describe('modules that conflict', () => {
  test('are merged by the synthesis-architect, who gets both reports and the conflicting paths', async () => {
    workspace = await Workspace.with({
      spec: specOf(conflicting),
      agents: { ...both, synthesis: 'printf "a\\nb\\n" > shared.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('merge-conflict')
    expect(run.outcomes.get('1/integrate')).toMatchObject({
      summary: '2 modules merged, conflict in shared.txt resolved',
    })
    expect(await workspace.read('shared.txt')).toBe('a\nb\n')
    const prompt = await workspace.agents.prompt()
    for (const text of ['synthesis-architect', 'shared.txt', 'implement 1 a is done', 'implement 1 b is done']) {
      expect(prompt).toContain(text)
    }
    expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
  })

  test('and whose markers the synthesis leaves fail the step; the sessions are not run again', async () => {
    workspace = await Workspace.with({ spec: specOf(conflicting), agents: { ...both, synthesis: 'true' } })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/integrate', reason: 'conflict-markers', message: expect.stringContaining('shared.txt') },
    ])
    expect(run.agents.filter((who) => who.startsWith('synthesis'))).toHaveLength(2)
    const again = await workspace.conduct()
    expect(again.failures).toMatchObject([{ reason: 'conflict-markers' }])
    expect(again.agents).toEqual([])
  })

  test('and of whom the synthesis drops one in silence are given back once, with what is missing', async () => {
    workspace = await Workspace.with({
      spec: specOf(conflicting),
      agents: { ...both, synthesis: 'echo b > shared.txt', 'synthesis 1 2': 'echo a >> shared.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('synthesis-refused')
    expect(await workspace.read('shared.txt')).toBe('b\na\n')
    expect(await workspace.agents.prompt()).toContain('shared.txt lacks of module a: `a`')
  })

  test('and of whom the synthesis drops one twice fail the step by line and command; no agent runs again', async () => {
    workspace = await Workspace.with({
      spec: specOf(conflicting),
      agents: { ...both, synthesis: 'echo b > shared.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      {
        id: '1/integrate',
        reason: 'lost-lines',
        message: expect.stringContaining('shared.txt lacks of module a: `a`'),
        hint: expect.stringContaining('npx nx run spec:conduct'),
      },
    ])
    expect(run.agents.filter((who) => who.startsWith('synthesis'))).toHaveLength(2)
    const again = await workspace.conduct()
    expect(again.failures).toMatchObject([{ reason: 'lost-lines' }])
    expect(again.agents).toEqual([])
  })

  test('and of whom the synthesis drops one and says why are merged; a notice names what is gone', async () => {
    const report = '{"built":"One file","tests":"none","issues":["shared.txt: the spec wants the line of b alone"]}'
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (shared.txt), b (shared.txt)', 'Test Command: grep -q b shared.txt']),
      agents: { ...both, synthesis: `echo b > shared.txt; report '${report}'` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.filter((who) => who.startsWith('synthesis'))).toHaveLength(1)
    expect(run.text).toContain('shared.txt lacks of module a: `a`')
    expect(run.notices).toContain('lines-dropped')
  })

  test('in what has no markers are given to the synthesis-architect with what each side has', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (logo, old.txt), b (logo, old.txt)']),
      files: { 'old.txt': 'old\n' },
      agents: {
        'implement 1 a': "printf 'a\\0' > logo; rm old.txt",
        'implement 1 b': "printf 'b\\0' > logo; echo new >> old.txt; chmod +x old.txt",
        synthesis: "printf 'a\\0' > logo; printf 'b\\0' > logo.b",
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    const prompt = await workspace.agents.prompt()
    for (const text of [
      /- `logo`\n {2}- before: has nothing there\n {2}- module a: a file \(binary, 2 bytes\); print it with `git cat-file blob \w+`/,
      /- `old.txt`\n {2}- before: a file \(1 line\).*\n {2}- module a: deleted it\n {2}- module b: an executable file \(2 lines\)/,
    ]) {
      expect(prompt).toMatch(text)
    }
    expect(prompt).not.toContain('Conflict markers are in')
  })

  test('and whose synthesis does not work fail the step with the reason', async () => {
    workspace = await Workspace.with({ spec: specOf(conflicting), agents: { ...both, synthesis: 'exit 5' } })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { reason: 'agent-unavailable', message: expect.stringContaining('the conflict in shared.txt was not resolved') },
    ])
  })

  test('on another machine are taken as they were resolved there', async () => {
    workspace = await Workspace.with({
      spec: specOf(conflicting),
      agents: { ...both, synthesis: 'printf "a\\nb\\n" > shared.txt' },
    })
    expect((await workspace.conduct()).failures).toEqual([])
    await workspace.startOver()
    const run = await workspace.conduct({ only: (id) => id === 'finalize' || id === '1/checkpoint' })
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual([])
    expect(await workspace.read('shared.txt')).toBe('a\nb\n')
  })
})

test('links that lead out of the tree only once they are merged fail the step, and nothing of it is checked out', async () => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a', 'Modules: a (p/**), b (l)', 'Test Command: cat l']),
    agents: { 'implement 1 a': 'mkdir -p p/q; ln -s ../.. p/q/d', 'implement 1 b': 'ln -s p/q/d/../secret l' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([
    { id: '1/integrate', reason: 'escaping-link', message: expect.stringContaining('l -> p/q/d/../secret') },
  ])
  expect(run.said.filter(({ type }) => type === 'gate')).toEqual([])
})

/** Phases 1 and 2 side by side, and one that depends on both. */
const joined = (test: string, settings = '') =>
  specWith(
    settings,
    ['One', '- a', 'Test Command: test -f phase-1.txt'],
    ['Two', '- b', 'Depends On: none', 'Test Command: test -f phase-2.txt'],
    ['Three', '- c', 'Depends On: 1, 2', `Test Command: ${test}`],
  )

describe('phases that are joined', () => {
  test('are merged in memory, proven with the tests of both, and built on', async () => {
    workspace = await Workspace.with({ spec: joined('test -f phase-3.txt') })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toHaveLength(3)
    expect(await workspace.git('log', '--format=%s', '--merges', 'main')).toBe('Join phase 1 and phase 2')
  })

  test('and conflict are merged by an agent once, before the phase that depends on them', async () => {
    workspace = await Workspace.with({
      spec: joined('grep -q both shared.txt'),
      agents: {
        'implement 1': 'echo one > shared.txt; echo 1 > phase-1.txt',
        'implement 2': 'echo two > shared.txt; echo 2 > phase-2.txt',
        synthesis: 'echo "one two both" > shared.txt',
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents.filter((who) => who.startsWith('synthesis'))).toEqual(['synthesis 3'])
    expect(await workspace.read('shared.txt')).toBe('one two both\n')
  })

  test('and pass apart but not together are fixed under the budget of the phase that joins them', async () => {
    workspace = await Workspace.with({
      spec: specOf(
        ['One', '- a', 'Test Command: test ! -f phase-2.txt || test -f fixed.txt'],
        ['Two', '- b', 'Depends On: none'],
        ['Three', '- c', 'Depends On: 1, 2'],
      ),
      agents: { 'fix 3': 'echo x > fixed.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toContain('fix 3')
    expect(await workspace.read('fixed.txt')).toBe('x\n')
  })

  test('and stay red together fail the phase by name, with what was joined', async () => {
    workspace = await Workspace.with({
      spec: specWith(
        'rounds: 0',
        ['One', '- a', 'Test Command: test ! -f phase-2.txt'],
        ['Two', '- b', 'Depends On: none'],
        ['Three', '- c', 'Depends On: 1, 2'],
      ),
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '3/worktrees', reason: 'escalated', message: expect.stringContaining('the join before phase 3') },
    ])
  })
})

describe('several last phases', () => {
  const leaves = (first: string, settings = '') =>
    specWith(settings, ['One', '- a', `Test Command: ${first}`], ['Two', '- b', 'Depends On: none'])

  test('are joined at the end into one result', async () => {
    workspace = await Workspace.with({ spec: leaves('test -f phase-1.txt') })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.git('log', '-1', '--format=%s', 'main')).toBe('Join phase 1 and phase 2')
    expect(await workspace.git('ls-tree', '--name-only', 'main', 'phase-1.txt', 'phase-2.txt')).toBe(
      'phase-1.txt\nphase-2.txt',
    )
  })

  test('that pass apart but not together are fixed before the branch moves', async () => {
    workspace = await Workspace.with({
      spec: leaves('test ! -f phase-2.txt || test -f fixed.txt'),
      agents: { fix: 'echo x > fixed.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.read('fixed.txt')).toBe('x\n')
  })

  test('that stay red together move nothing', async () => {
    workspace = await Workspace.with({ spec: leaves('test ! -f phase-2.txt', 'rounds: 0') })
    const head = await workspace.git('rev-parse', 'main')
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ id: 'finalize', message: expect.stringContaining('the merged result: ') }])
    expect(await workspace.git('rev-parse', 'main')).toBe(head)
  })
})
