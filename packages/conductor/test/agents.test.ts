import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = specOf(['One', '- Write a file', 'Test Command: test -f phase-1.txt'])

describe('an implementing agent', () => {
  test('gets its assignment on standard input, with what the phases before it reported', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a'], ['Two', '- Sing a song', 'Modules: x (x/**), y (y/**)', 'Gotchas:', '- It is loud']),
      agents: { 'implement 2 x': 'mkdir -p x; echo x > x/x.txt; sleep 0.5' },
    })
    const run = await workspace.conduct({ parallel: 1 })
    expect(run.failures, run.text).toEqual([])
    const prompt = await workspace.agents.prompt()
    expect(prompt).toMatch(/^<assignment role="implementation-executor" spec="spec" phase="2" module="y"\/>/)
    for (const text of ['Sing a song', 'It is loud', 'implement 1 is done', 'y/**', 'x/**'])
      expect(prompt).toContain(text)
  })

  test('that rewinds the run log or plants a hook is named, and the log is put back', async () => {
    const planted = 'c=$(git rev-parse --git-common-dir); mkdir -p "$c/hooks"; echo "exit 1" > "$c/hooks/pre-commit"'
    workspace = await Workspace.with({
      spec,
      agents: { implement: `${planted}; git update-ref -d refs/conduct/spec/log; echo 1 > phase-1.txt` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toEqual(expect.arrayContaining(['repository-settings-changed', 'log-put-back']))
    expect(run.text).toContain('.git/hooks/pre-commit changed')
    const log = await workspace.git('log', '--format=%s', '--first-parent', 'refs/conduct/spec/log')
    expect(log).toContain('run.opened')
  })

  test('that has to work again while another waits for its turn does not keep it waiting for ever', async () => {
    const stray = 'mkdir -p add; echo x > add/x; test -e stray.txt && rm stray.txt || echo x > stray.txt'
    workspace = await Workspace.with({
      spec: specWith('concurrency: 1', ['One', '- a', 'Modules: add (add/**), twice (twice/**)']),
      agents: { 'implement 1 add': stray },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toHaveLength(3)
  })

  test('that edits the spec changes nothing of it: the edit is left out with a notice', async () => {
    workspace = await Workspace.with({
      spec,
      agents: { implement: 'echo hacked > .spec/SPEC.md; echo 1 > phase-1.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('spec-edit-discarded')
    expect(await workspace.git('show', 'main:.spec/SPEC.md')).toBe(spec.trim())
  })

  test('that leaves a nested repository fails its step, and no git command runs in it', async () => {
    workspace = await Workspace.with({ spec })
    const trace = join(workspace.home, 'hacked')
    await workspace.agents.play({
      implement: `mkdir sub; cd sub; git init -q .; git config core.fsmonitor "touch '${trace}'; false"; cd ..; echo 1 > phase-1.txt`,
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/implement/one', reason: 'refused-work', message: expect.stringContaining('sub/.git') },
    ])
    expect(run.skipped).toContain('finalize')
    expect(existsSync(trace)).toBe(false)
  })

  test('that changes paths of another module is told once, and may take it back', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (a/**), b (b/**)', 'Test Command: test -d b']),
      agents: {
        'implement 1 a': 'mkdir -p a b; echo x > b/stolen.txt; echo a > a/a.txt',
        'implement 1 a 1': 'rm b/stolen.txt',
      },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect((await workspace.agents.sessions()).filter((who) => who.includes(' a'))).toEqual([
      'implement 1 a',
      'implement 1 a 1',
    ])
    expect(await workspace.git('ls-tree', '-r', '--name-only', 'main', 'a', 'b')).toBe('a/a.txt\nb/phase-1.txt')
  })

  test('that does so twice fails its step, with the paths; independent modules are kept', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Modules: a (a/**), b (b/**)']),
      agents: { 'implement 1 a': 'mkdir -p b; echo $$ > b/stolen.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/implement/a', reason: 'ownership', message: expect.stringContaining('b/stolen.txt') },
    ])
    expect(run.failures[0]?.hint).toContain('`Modules: a (a/**, b/**)`')
    expect(run.outcomes.get('1/implement/b')).toMatchObject({ kind: 'accepted' })
    expect(await workspace.agents.prompt()).toContain('b/stolen.txt')
    const again = await workspace.conduct()
    expect(again.agents).toEqual([])
    expect(again.failures).toMatchObject([{ reason: 'ownership' }])
  })

  test('that cannot be started, or ends without work, fails its step and is run again with the next run', async () => {
    workspace = await Workspace.with({ spec, agents: { implement: 'echo sorry; exit 3' } })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/implement/one', reason: 'agent-unavailable', message: expect.stringContaining('exit code 3') },
    ])
    await workspace.agents.forget('implement')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual(['implement 1 one'])
  })

  test('that exceeds its time is stopped, and the budget is named', async () => {
    workspace = await Workspace.with({
      spec: specWith('budget: { wall: 1s }', ['One', '- a']),
      agents: { implement: 'sleep 60' },
    })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ reason: 'out-of-budget', hint: expect.stringContaining('budget.wall') }])
  })

  test('is not run a second time for a failure within one process, whoever asks for the step', async () => {
    const after = 'Depends On: 1'
    workspace = await Workspace.with({
      spec: specOf(['One', '- a'], ['Two', '- b', after], ['Three', '- c', after]),
      agents: { 'implement 1': 'exit 3' },
    })
    // Nx had the steps of phase 1 in its cache; two tasks of this process need them.
    const run = await workspace.conduct({ only: (id) => ['2/worktrees', '3/worktrees'].includes(id) })
    expect(run.failures.map(({ id, reason }) => [id, reason])).toEqual([
      ['2/worktrees', 'agent-unavailable'],
      ['3/worktrees', 'agent-unavailable'],
    ])
    expect(await workspace.agents.sessions()).toEqual(['implement 1'])
  })

  test('never sees a secret, and none reaches what is printed or kept', async () => {
    const secrets = { ANTHROPIC_API_KEY: 'sk-ant-of-the-user-0123456789abcdef', MY_TOKEN: 'token-of-the-user-123456' }
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: env > seen.txt; ! grep -q of-the-user seen.txt']),
      agents: {
        implement: `env > phase-1.txt; echo "it is ${secrets.MY_TOKEN} or sk-ant-planted-0123456789abcdef0123456789"`,
      },
    })
    const run = await workspace.conduct({ env: secrets })
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.read('phase-1.txt')).not.toMatch(/of-the-user/)
    const transcript = await workspace.read('.conduct/spec/1/implement/one/transcript.jsonl')
    expect(transcript).toContain('it is ')
    expect(`${transcript}${run.text}`).not.toMatch(/token-of-the-user|sk-ant-planted|sk-ant-of-the-user/)
  })
})

describe('a rehearsal', () => {
  const score = (text: string) => `sessions:
  - role: implementation-executor
    turns:
      - say: Working.
        tools:
          - create: { path: phase-1.txt, text: "${text}" }
      - report: { built: "done", tests: "none", issues: [] }
`
  const rehearsed = specWith('agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }', [
    'One',
    '- a',
    'Test Command: test -f phase-1.txt',
  ])

  test('plays a score through the driver of the Messages API, without key and network', async () => {
    workspace = await Workspace.with({ spec: rehearsed, files: { '.spec/score.yaml': score('played') } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.text).toContain('implementation-executor on claude-sonnet-5-5 (rehearsal)')
    expect(run.text).toMatch(/turn 2, .* tokens/)
    expect(run.text).toMatch(/str_replace_based_edit_tool: create phase-1\.txt$/m)
    expect(await workspace.read('phase-1.txt')).toBe('played')
  })

  test('that the environment names plays in place of the one of the spec, and its text is part of the key', async () => {
    workspace = await Workspace.with({
      spec: rehearsed,
      files: { '.spec/score.yaml': score('one'), 'other.yaml': score('other') },
    })
    const implement = (id: string) => id === '1/implement/one'
    await workspace.conduct({ only: implement })
    const other = await workspace.conduct({ only: implement, env: { NX_CONDUCT_REHEARSAL: 'other.yaml' } })
    expect(other.agents).toEqual(['implement 1 one'])
    expect((await workspace.conduct({ only: implement })).agents).toEqual([])
  })

  test('of a repository does not say where a key is sent', async () => {
    workspace = await Workspace.with({
      spec: specWith('agent: { driver: anthropic }\nbudget: { wall: 5s }', ['One', '- a']),
      files: { '.env': 'ANTHROPIC_BASE_URL=http://127.0.0.1:1\n' },
    })
    const context = await workspace.open({
      env: { ANTHROPIC_API_KEY: 'sk-ant-0123456789abcdef', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
    })
    const { apiFor } = await import('../src/agents/api.ts')
    expect(await apiFor(context, context.plan.settings.agent)).toEqual({ apiKey: 'sk-ant-0123456789abcdef' })
    expect(workspace.said).toMatchObject([{ type: 'notice', code: 'base-url-ignored' }])
  })
})

test('a stop ends agents within seconds, records what they did, and the next run resumes', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo half > half.txt; sleep 60' } })
  const running = workspace.start()
  await expect.poll(() => workspace.agents.sessions(), { timeout: 10_000 }).toHaveLength(1)
  const startedMs = performance.now()
  running.stop()
  const run = await running.ended
  expect(performance.now() - startedMs).toBeLessThan(15_000)
  expect(run.outcomes.get('1/implement/one')).toMatchObject({ kind: 'aborted' })
  expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
  await workspace.agents.forget('implement')
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.git('ls-tree', '--name-only', 'main', 'half.txt')).toBe('')
  const usage = Object.values((await (await workspace.open()).log.state()).runs)[0]?.usage
  expect(usage?.sessions).toBe(2)
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'implement 1'])
})
