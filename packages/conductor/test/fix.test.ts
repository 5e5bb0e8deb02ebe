import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { escalationText, readStatus, statusText } from '../src/index.ts'
import type { Scripts } from './rig/agents.ts'
import { freePort } from './rig/redis.ts'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const good = 'Test Command: grep -q good phase-1.txt'

describe('a red gate', () => {
  test('is given to a fixing agent with its output, and all gates are checked on the fixed tree', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: grep good phase-1.txt || { echo it is bad; exit 4; }']),
      agents: { 'fix 1': 'echo good > phase-1.txt' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'fix 1'])
    expect(run.outcomes.get('1/test')).toMatchObject({ summary: 'passed after 1 fix' })
    const prompt = await workspace.agents.prompt()
    expect(prompt).toContain('round="1"')
    expect(prompt).toContain('it is bad')
    expect(await workspace.read('phase-1.txt')).toBe('good\n')
    const { steps } = await (await workspace.open()).log.state()
    expect(Object.values(steps).find(({ step }) => step === 'validate')?.result).toMatchObject({ rounds: 1 })
  })

  test('of a placeholder is fixed in `validate`, and the tests run again on that tree', async () => {
    const placeholder = { 'implement 1': 'echo "// TODO: write it" > made.mjs', 'fix 1': 'echo "made()" > made.mjs' }
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: test -f made.mjs']),
      agents: placeholder,
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.text).toMatch(/✗ placeholders/)
    expect(run.outcomes.get('1/validate')).toMatchObject({ summary: expect.stringContaining('after 1 fix') })
    expect(await workspace.read('made.mjs')).toBe('made()\n')
  })

  test('is none where the phase allows the mark', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Allow: TODO']),
      agents: { 'implement 1': 'echo "// TODO: write it" > made.mjs' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('no-test-command')
    expect(await workspace.read('made.mjs')).toContain('TODO')
  })

  test('that passes when it is run again is flaky: no agent runs, and it is reported', async () => {
    workspace = await Workspace.with({ spec: specOf(['One', '- a', 'Test Command: once-red']) })
    const seen = join(workspace.agents.folder, 'seen')
    await workspace.agents.program('once-red', `[ -e '${seen}' ] || { touch '${seen}'; exit 1; }`)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one'])
    expect(run.notices).toContain('flaky-gate')
  })

  test('of a command that bash cannot read is a fault of the spec: no agent runs', async () => {
    workspace = await Workspace.with({ spec: specOf(['One', '- a', 'Test Command: `test -f phase-1.txt && (echo`']) })
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['implement 1 one'])
    expect(run.failures[0]?.escalation).toMatchObject({
      what: expect.stringMatching(/bash cannot read the command: .*\(needed by/),
      next: ['correct the command in the spec, and commit it', 'then: npx nx run spec:conduct'],
    })
  })

  test('of a script of the repository that bash cannot read is for an agent', async () => {
    workspace = await Workspace.with({
      spec: specOf(['One', '- a', 'Test Command: sh check.sh']),
      files: { 'check.sh': "bash -c 'test -f phase-1.txt && (echo'\n" },
      agents: { fix: 'echo true > check.sh' },
    })
    const run = await workspace.conduct()
    expect(run.agents.slice(0, 2)).toEqual(['implement 1 one', 'fix 1'])
  })

  test.each(['no-such-program --test', 'test -f phase-1.txt && no-such-program --test'])(
    'of a missing program is a fault of the machine, and no agent runs: %s',
    async (command) => {
      workspace = await Workspace.with({ spec: specOf(['One', '- a', `Test Command: ${command}`]) })
      const run = await workspace.conduct()
      expect(run.failures).toMatchObject([
        { reason: 'escalated', message: expect.stringContaining('the program no-such-program is not installed') },
      ])
      expect(run.agents).toEqual(['implement 1 one'])
      await workspace.agents.program('no-such-program', 'exit 0')
      const again = await workspace.conduct()
      expect(again.failures, again.text).toEqual([])
      expect(again.agents).toEqual([])
    },
  )

  test('of a program that only a script starts is for an agent, and a person reads what to install', async () => {
    workspace = await Workspace.with({
      spec: specWith('rounds: 1', ['One', '- a', 'Test Command: sh check.sh']),
      files: { 'check.sh': 'no-such-program --test\n' },
    })
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['implement 1 one', 'fix 1'])
    expect(run.failures[0]?.escalation?.next[0]).toBe(
      'install no-such-program, if this machine is to have it; then: npx nx run spec:conduct',
    )
    await workspace.agents.program('no-such-program', 'exit 0')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual([])
  })

  test('that exceeds its time is red with that reason', async () => {
    workspace = await Workspace.with({
      spec: specWith('rounds: 0\ntestTimeout: 1s', ['One', '- a', 'Test Command: sleep 60']),
    })
    const run = await workspace.conduct()
    const { escalation } = run.failures[0] ?? {}
    expect(escalation?.output).toContain('[stopped after 1000 ms: testTimeout]')
    expect(escalation?.what).toMatch(/^the gate test did not end within 1\S* \S*s?: sleep 60$/)
    expect(escalation?.next.join('\n')).toContain('raise `testTimeout:`')
  })

  test('of a criterion is fixed as any other; one for people is reported and not counted as passed', async () => {
    workspace = await Workspace.with({
      spec: specOf([
        'One',
        '- a',
        'Files:',
        '- docs/*.md',
        'Success Criteria:',
        '- `phase-1.txt` contains "good"',
        '- It is pleasant to read',
      ]),
      agents: { 'fix 1 1': 'echo good > phase-1.txt', 'fix 1 2': 'mkdir -p docs; echo x > docs/a.md' },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 1 one', 'fix 1', 'fix 1'])
    expect(run.outcomes.get('1/validate')).toMatchObject({ summary: expect.stringContaining('1 criterion for people') })
  })

  test('may be a criterion of any kind that a machine can check, a lint command, and a program that serves', async () => {
    const serve = `node -e "require('http').createServer((q, a) => a.end('ok')).listen(PORT, '127.0.0.1')"`
    const port = await freePort()
    workspace = await Workspace.with({
      spec: specWith('lint: { command: checked lint, scope: all }', [
        'One',
        '- a',
        'Test Command: test -f phase-1.txt',
        'Success Criteria:',
        '- Command: `checked command`',
        '- `phase-1.txt` contains "phase 1"',
        '- `*.txt` exist',
        '- The tests pass',
        `- It answers on port ${port}, started with \`${serve.replace('PORT', String(port))}\``,
      ]),
    })
    const notes = join(workspace.agents.folder, 'notes')
    await workspace.agents.program('checked', `echo $1 >> '${notes}'`)
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    // Once for the phase, once for the final tree.
    expect((await readFile(notes, 'utf8')).trim().split('\n').sort()).toEqual(['command', 'command', 'lint', 'lint'])
    expect(run.text).toMatch(/✓ criterion `checked command` exits 0/)
    expect(run.text).toMatch(/✓ lint checked lint/)
  })
})

describe('an escalation', () => {
  test('names gate, evidence, attempts, worktree and the next commands; nothing has moved; a rerun runs no round twice', async () => {
    workspace = await Workspace.with({
      spec: specWith(
        'rounds: 2',
        ['One', '- a', good],
        ['Two', '- b', 'Depends On: none'],
        ['Three', '- c', 'Depends On: 1, 2'],
      ),
      agents: { 'fix 1': 'echo $$ > tried.txt' },
    })
    const head = await workspace.git('rev-parse', 'HEAD')
    const run = await workspace.conduct()
    const [failed] = run.failures
    if (failed?.escalation === undefined) throw new Error(run.text)
    const text = escalationText(failed.escalation)
    for (const round of [1, 2]) {
      const transcript = `.conduct/spec/1/test/transcript-fix-${round}.jsonl`
      expect(text).toContain(`transcript ${transcript}`)
      expect(existsSync(join(workspace.root, transcript))).toBe(true)
    }
    expect(text).toContain(`Phase 1 (One) needs you: the gate test stayed red: ${good.slice(14)}`)
    expect(text).toMatch(/evidence {2}tree [0-9a-f]{40}, exit code [12]/)
    expect(text).toMatch(/round 1: fix 1 1 is done\n +transcript .*\n +round 2: fix 1 2 is done/)
    expect(text).toContain('npx nx run spec:conduct')
    const { worktree, tree, next } = failed.escalation
    expect(worktree.startsWith(workspace.home)).toBe(true)
    expect(existsSync(join(worktree, 'tried.txt'))).toBe(true)
    expect(next[0]).toContain(`cd ${worktree} && ${good.slice(14)}`)
    expect(await workspace.git('-C', worktree, 'rev-parse', 'HEAD^{tree}')).toBe(tree)

    // Phase 2 is independent and complete, phase 3 depends on both.
    expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)
    expect(run.outcomes.get('2/checkpoint')).toMatchObject({ kind: 'accepted' })
    expect(run.skipped).toContain('3/worktrees')
    const status = await readStatus(await workspace.open())
    if (!status) throw new Error('there is a run')
    expect(statusText(status, 'none')).toMatch(
      /✖ +phase 1 +One +failed[\s\S]*✔ +phase 2 +Two +complete[\s\S]*· +phase 3/,
    )

    const again = await workspace.conduct()
    expect(again.agents).toEqual([])
    expect(again.failures[0]?.escalation?.attempts.map(({ recorded }) => recorded)).toEqual([true, true])
  })

  test('of one phase stops the others where the spec says failFast', async () => {
    workspace = await Workspace.with({
      spec: specWith(
        'failFast: true\nrounds: 0',
        ['One', '- a', 'Test Command: fails'],
        ['Two', '- b', 'Depends On: none'],
      ),
    })
    const seen = join(workspace.agents.folder, 'seen')
    await workspace.agents.program('fails', `echo red >> '${seen}'; exit 1`)
    // A gate that fails runs twice; the other phase works for a while after that.
    const wait = `until [ "$(wc -l < '${seen}' 2>/dev/null || echo 0)" -ge 2 ]; do sleep 0.1; done; sleep 3`
    await workspace.agents.play({ 'implement 2': `${wait}; echo 2 > phase-2.txt` })
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ id: '1/test' }])
    expect(run.skipped).toContain('2/integrate')
  })

  test('says when the fixing agent itself could not work', async () => {
    workspace = await Workspace.with({ spec: specOf(['One', '- a', good]), agents: { 'fix 1': 'exit 9' } })
    const run = await workspace.conduct()
    expect(run.failures[0]?.escalation?.what).toContain('the fix-executor could not work')
    expect(run.agents).toEqual(['implement 1 one', 'fix 1'])
  })

  test('allows further rounds when the spec raises them', async () => {
    const spec = (rounds: number) => specWith(`rounds: ${rounds}`, ['One', '- a', good])
    workspace = await Workspace.with({
      spec: spec(1),
      agents: { 'fix 1': 'echo bad > tried.txt', 'fix 1 2': 'echo good > phase-1.txt' },
    })
    expect((await workspace.conduct()).failures).toMatchObject([{ reason: 'escalated' }])
    await workspace.write({ '.spec/SPEC.md': spec(2) })
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual(['fix 1'])
  })
})

describe('setup', () => {
  const withSetup = (...lines: string[]) =>
    specWith('setup: install', ['One', '- a', 'Test Command: test -f installed', ...lines])

  test('runs in every checkout before an agent or a gate, and is skipped with a notice without a lockfile', async () => {
    workspace = await Workspace.with({
      spec: withSetup(),
      files: { 'package-lock.json': '{}\n', '.gitignore': 'installed\n' },
    })
    await workspace.agents.program('install', 'touch installed')
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).not.toContain('setup-skipped')
    await workspace.remove()
    workspace = await Workspace.with({ spec: specWith('setup: install', ['One', '- a']) })
    const without = await workspace.conduct()
    expect(without.failures, without.text).toEqual([])
    expect(without.notices).toContain('setup-skipped')
  })

  describe('counted', () => {
    const files = { 'package-lock.json': '{}\n', 'package.json': '{}\n', '.gitignore': 'modules\n' }
    const writes = 'if [ -n "$module" ]; then mkdir -p "$module"; touch "$module/x"; else touch "phase-$phase.txt"; fi'
    const conducted = async (install: string, agents: Scripts = {}, check = 'true') => {
      workspace = await Workspace.with({
        spec: specWith(
          'setup: install',
          ['One', '- a', 'Modules: add (add/**), twice (twice/**)', `Test Command: ${check}`],
          ['Two', '- b', `Test Command: ${check} && test -f phase-2.txt`],
        ),
        files,
        agents,
      })
      const notes = join(workspace.agents.folder, 'installed')
      await workspace.agents.program('install', `echo x >> '${notes}'; mkdir -p modules/dep; ${install}`)
      const run = await workspace.conduct()
      const count = (await readFile(notes, 'utf8')).length / 2
      return { run, count }
    }

    test('runs once for all checkouts, which get copies that nobody else can change', async () => {
      const { run, count } = await conducted(
        'echo wrong > modules/dep/value',
        { implement: `echo right > modules/dep/value; ${writes}` },
        'grep -q wrong modules/dep/value && test "$(stat -c %h modules/dep/value)" = 1',
      )
      expect(count).toBe(1)
      expect(run.failures, run.text).toEqual([])
      expect(run.said.filter(({ type }) => type === 'setup')).toHaveLength(2)
    })

    test('runs again where somebody wrote to what it is copied from', async () => {
      const forged = 'for f in ../../.setup-layers/*/files/modules/dep/value; do echo right > "$f"; done'
      const { run, count } = await conducted(
        'echo wrong > modules/dep/value',
        { implement: `${forged}; ${writes}` },
        'grep -q wrong modules/dep/value',
      )
      expect(run.failures, run.text).toEqual([])
      expect(count).toBeGreaterThan(1)
    })

    test('runs again where what is to be installed has changed', async () => {
      const change = 'echo "{ }" > package.json; touch phase-2.txt'
      const { run, count } = await conducted('touch modules/dep/x', { 'implement 2': change })
      expect(run.failures, run.text).toEqual([])
      expect(count).toBe(2)
    })

    test('runs in each checkout where it writes down where it is', async () => {
      const { run, count } = await conducted(
        'pwd > modules/dep/place',
        {},
        'test "$(pwd)" = "$(cat modules/dep/place)"',
      )
      expect(run.failures, run.text).toEqual([])
      expect(count).toBeGreaterThan(1)
    })
  })

  test('that fails stops the step before its agent starts, with its output', async () => {
    workspace = await Workspace.with({
      spec: withSetup(),
      files: { 'package-lock.json': '{}\n', '.gitignore': 'installed\n' },
    })
    await workspace.agents.program('install', 'echo no network; exit 7')
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/implement/one', reason: 'setup', message: expect.stringContaining('no network') },
    ])
    expect(run.agents).toEqual([])
    expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
  })

  test('that fails on the merged tree is escalated when the rounds are out', async () => {
    workspace = await Workspace.with({
      spec: specWith('setup: install\nrounds: 0', ['One', '- a', 'Test Command: test -f installed']),
      files: { 'package-lock.json': '{}\n', '.gitignore': 'installed\n' },
      agents: { implement: 'echo x > package.json' },
    })
    await workspace.agents.program('install', 'test ! -f package.json || { echo broken; exit 7; }; touch installed')
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([
      { id: '1/test', reason: 'escalated', message: 'the setup command failed: install' },
    ])
    expect(run.agents).toEqual(['implement 1 one'])
  })
})

test('a gate that is run afresh at the end runs on the final tree although its evidence is there', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a', 'Test Command: note']) })
  const notes = join(workspace.agents.folder, 'notes')
  await workspace.agents.program('note', `pwd >> '${notes}'`)
  expect((await workspace.conduct()).failures).toEqual([])
  expect((await readFile(notes, 'utf8')).trim().split('\n')).toHaveLength(2)
})
