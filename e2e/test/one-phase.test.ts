import { afterEach, describe, expect, test } from 'vitest'
import { eventually, makeWorkspace, processesIn, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

const agent = 'agent: { driver: anthropic, rehearsal: .spec/score.yaml }'

/** A spec of one phase; `fields` are the phase's lines. */
function spec(fields: string, settings = agent): string {
  return `---\n${settings}\nrounds: 1\n---\n# One\n\n## Implementation Phases\n\n### Phase 1: One\n- Write a file\n${fields}\n`
}

/** A score of one session whose turns are these lines of tools. */
function score(
  ...sessions: readonly { readonly role?: string; readonly module?: string; readonly tools: readonly string[] }[]
): string {
  const texts = sessions.map(
    ({ role = 'implementation-executor', module, tools }) =>
      `  - role: ${role}\n${module === undefined ? '' : `    module: ${module}\n`}    turns:\n      - say: Working.\n        tools:\n${tools.map((tool) => `          - ${tool}\n`).join('')}      - report: { built: "done", tests: "none", issues: [] }\n`,
  )
  return `sessions:\n${texts.join('')}`
}

const create = (path: string, text: string) => `create: { path: ${path}, text: ${JSON.stringify(text)} }`

describe('the end of a run', () => {
  const files = {
    spec: spec('Test Command: test -f made.txt'),
    score: score({ tools: [create('made.txt', 'made\n')] }),
  }

  test("leaves the result on its own branch when a touched path is dirty, and changes nothing of the user's", async () => {
    workspace = await makeWorkspace(files)
    await workspace.write('made.txt', 'mine\n')
    const head = await workspace.git('rev-parse', 'main')
    const run = await workspace.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toContain('git merge conduct/spec')
    expect(await workspace.git('rev-parse', 'main')).toBe(head)
    expect(await workspace.read('made.txt')).toBe('mine\n')
    expect(await workspace.git('show', 'conduct/spec:made.txt')).toBe('made')
  })

  test('leaves the result on its own branch when HEAD is detached', async () => {
    workspace = await makeWorkspace(files)
    await workspace.git('checkout', '--quiet', '--detach')
    const run = await workspace.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toContain('HEAD is detached')
    expect(await workspace.git('show', 'conduct/spec:made.txt')).toBe('made')
  })

  test('merges with what the user committed while the run went on', async () => {
    workspace = await makeWorkspace({
      ...files,
      score: files.score.replace('say: Working.', 'say: Working.\n        delay: 1500ms'),
    })
    const run = workspace.start(conduct)
    await run.until('▸ implementation-executor')
    await workspace.write('theirs.txt', 'theirs\n')
    await workspace.git('add', 'theirs.txt')
    await workspace.git('commit', '--quiet', '--message', 'Meanwhile')
    const { code } = await run.ended
    expect(code, run.output()).toBe(0)
    expect(run.output()).toMatch(/main moved from [0-9a-f]{7} to [0-9a-f]{7} while the run went on/)
    expect(await workspace.git('ls-tree', '--name-only', 'main', 'made.txt', 'theirs.txt')).toBe('made.txt\ntheirs.txt')
    expect(await workspace.git('status', '--porcelain')).toBe('')
  })
})

describe('an agent', () => {
  test('may be any program that reads a prompt from standard input', async () => {
    workspace = await makeWorkspace({
      spec: spec(
        'Test Command: grep -q "Write a file" prompt.txt',
        'agent: { driver: command, command: "cat > prompt.txt" }',
      ),
      score: score({ tools: ['bash: "true"'] }),
    })
    const run = await workspace.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    expect(await workspace.read('prompt.txt')).toMatch(/^<assignment role="implementation-executor"/)
  })

  test('that edits the spec changes nothing: the edit is left out and said', async () => {
    workspace = await makeWorkspace({
      spec: spec('Test Command: test -f made.txt'),
      score: score({ tools: [create('made.txt', 'made\n'), 'bash: "echo hacked > .spec/SPEC.md"'] }),
    })
    const run = await workspace.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toContain('the agent changed .spec/SPEC.md; that was left out')
    expect(await workspace.git('show', 'main:.spec/SPEC.md')).toContain('# One')
  })

  test('that leaves a nested repository behind fails its step, and no git command runs in it', async () => {
    workspace = await makeWorkspace({
      spec: spec('Test Command: "true"'),
      score: score({
        tools: [
          'bash: "mkdir sub && cd sub && git init -q . && git config core.fsmonitor \'touch /tmp/nx-conduct-hacked; false\'"',
        ],
      }),
    })
    const run = await workspace.nx(conduct)
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toMatch(/may not enter a commit: sub\/\.git/)
  })

  test('that leaves its paths is told once, and then the step fails by name', async () => {
    workspace = await makeWorkspace({
      spec: spec('Modules: a (a/**), b (b/**)\nTest Command: "true"'),
      score: score(
        { module: 'a', tools: [create('b/stolen.txt', 'x\n')] },
        { module: 'b', tools: [create('b/mine.txt', 'x\n')] },
      ),
    })
    const run = await workspace.nx(conduct)
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toMatch(/the agent of module a changed paths it does not own:\s+b\/stolen\.txt/)
  })

  test('that writes a placeholder is sent back by the gate, and a phase may allow it', async () => {
    const fixing = score(
      { tools: [create('made.mjs', '// TODO: write it\n')] },
      { role: 'fix-executor', tools: [create('made.mjs', 'export const made = 1\n')] },
    )
    workspace = await makeWorkspace({ spec: spec('Test Command: test -f made.mjs'), score: fixing })
    const run = await workspace.nx(conduct)
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toMatch(/✗ placeholders/)
    expect(run.output).toContain('gates hold after 1 fix')
    expect(await workspace.read('made.mjs')).toBe('export const made = 1\n')
    await workspace.remove()
    workspace = await makeWorkspace({ spec: spec('Test Command: test -f made.mjs\nAllow: TODO'), score: fixing })
    const allowed = await workspace.nx(conduct)
    expect(allowed.exitCode, allowed.output).toBe(0)
    expect(await workspace.read('made.mjs')).toContain('TODO')
  })

  test('never sees a key, whatever its environment or its output says', async () => {
    workspace = await makeWorkspace({
      spec: spec('Test Command: env > seen-by-test.txt; ! grep -q sk-ant seen-by-test.txt'),
      score: score({
        tools: ['bash: "env > seen.txt; echo the key is $ANTHROPIC_API_KEY sk-ant-planted-0123456789abcdef0123456789"'],
      }),
    })
    const run = await workspace.nx(conduct, {
      ANTHROPIC_API_KEY: 'sk-ant-secret-of-the-user-0123456789abcdef',
      MY_TOKEN: 'token-of-the-user-123456',
    })
    expect(run.exitCode, run.output).toBe(0)
    const seen = await workspace.read('seen.txt')
    expect(seen).not.toMatch(/sk-ant|token-of-the-user/)
    const transcript = await workspace.read('.conduct/spec/1/implement/one/transcript.jsonl')
    expect(transcript).toContain('the key is')
    expect(transcript).not.toMatch(/sk-ant-planted|sk-ant-secret|token-of-the-user/)
    expect(run.output).not.toMatch(/sk-ant-planted|sk-ant-secret|token-of-the-user/)
  })
})

test('Ctrl-C stops the run within seconds, leaves nothing running, and the next run goes on', async () => {
  workspace = await makeWorkspace({
    spec: spec('Test Command: test -f made.txt'),
    score: score({ tools: ['bash: "sleep 60"', create('made.txt', 'made\n')] }),
  })
  const run = workspace.start(conduct)
  await run.until('turn 1')
  const at = performance.now()
  run.killGroup('SIGINT')
  await run.ended
  expect(performance.now() - at).toBeLessThan(6_000)
  await eventually('nothing is left', async () => (await processesIn(workspace.home)).length === 0, 4_000)
  await workspace.write('.spec/score.yaml', score({ tools: [create('made.txt', 'made\n')] }))
  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
})
