import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

/** Complains about every line that says `bad`, and fails if there is one. */
const linter = `'! grep -rn bad src | sed "s/$/ is bad/" | grep .'`
const phase = ['One', '- a', 'Test Command: test -f src/new.txt'] as const
const files = { 'src/old.txt': 'bad\ngood\n' }

test('what a linter finds in lines that a phase did not touch does not count', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: ${linter}`, phase),
    files,
    agents: { implement: 'echo fine >> src/old.txt; echo fine > src/new.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
})

test('what it finds in lines that the phase added or changed is given to the agent that fixes it, and nothing else is', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: ${linter}`, phase),
    files,
    agents: {
      implement: "sed -i 's/good/bad too/' src/old.txt; echo bad > src/new.txt",
      fix: "sed -i 's/bad too/good/' src/old.txt; echo fine > src/new.txt",
    },
  })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  const prompt = await workspace.agents.prompt()
  expect(prompt).toContain('src/new.txt:1: bad')
  expect(prompt).toContain('src/old.txt:2: bad too')
  expect(prompt).toContain('(1 more in lines that this phase did not change)')
  expect(prompt).not.toContain('src/old.txt:1: ')
})

test('with the scope all, a finding anywhere fails', async () => {
  workspace = await Workspace.with({
    spec: specWith(`lint: { command: ${linter}, scope: all }\nrounds: 0`, phase),
    files,
    agents: { implement: 'echo fine > src/new.txt' },
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([
    { id: '1/validate', message: expect.stringContaining('the gate lint stayed red') },
  ])
})

describe("without a setting, the project's linters", () => {
  const installed = join(dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')), 'bin/biome')
  const configured = { 'biome.json': '{}', 'src/old.js': 'debugger\nconst two = 2\n' }
  const spec = specWith('', ['One', '- a', 'Test Command: true'])
  const start = async (implement: string, { fix = 'true', files = {}, settings = '' } = {}) => {
    workspace = await Workspace.with({
      spec: settings === '' ? spec : specWith(settings, ['One', '- a', 'Test Command: true']),
      files: { ...configured, ...files },
      agents: { implement, fix },
    })
    await workspace.agents.program('biome', `exec ${installed} "$@"`)
    return workspace.conduct()
  }
  const lintGates = ({ said }: Awaited<ReturnType<typeof start>>) =>
    said.flatMap((each) => (each.type === 'gate' && each.gate === 'lint' ? [{ ...each, durationMs: 0 }] : []))

  test('do not fail for what was there', async () => {
    const run = await start('echo "const three = 3" >> src/old.js')
    expect(run.failures, run.text).toEqual([])
    expect(lintGates(run)).toMatchObject([{ outcome: 'passed', ran: ['biome'] }])
    expect(run.text).toContain("✓ lint the project's linters: biome")
  })

  test('give what is new to the agent that fixes it', async () => {
    const run = await start('echo debugger >> src/old.js', {
      fix: "sed -i '$d' src/old.js; echo 'var x = 1' >> src/old.js",
    })
    expect(run.failures, run.text).toEqual([])
    expect(lintGates(run).map(({ outcome }) => outcome)).toEqual(['failed', 'passed'])
    const prompt = await workspace.agents.prompt()
    expect(prompt).toContain('$ biome lint --colors=off')
    expect(prompt).toContain('src/old.js:3: lint/suspicious/noDebugger: ')
    expect(prompt).not.toContain('src/old.js:1: ')
  })

  test('start nothing where the phase changed no file that they read', async () => {
    const run = await start('echo text > README.md')
    expect(run.failures, run.text).toEqual([])
    expect(lintGates(run)).toEqual([expect.not.objectContaining({ ran: expect.anything() })])
    expect(run.text).not.toContain('lint')
  })

  test('do not run where the settings say so', async () => {
    const run = await start('echo debugger >> src/old.js', { settings: 'lint: none' })
    expect(run.failures, run.text).toEqual([])
    expect(lintGates(run)).toEqual([])
  })

  test('that were broken before need a person, who is told what to do, and no agent', async () => {
    const run = await start('echo "const three = 3" >> src/old.js', { files: { 'biome.json': '{ "nope": 1 }' } })
    expect(await workspace.agents.sessions()).toEqual(['implement 1'])
    expect(run.failures).toMatchObject([
      {
        id: '1/validate',
        reason: 'escalated',
        message:
          "biome cannot work here, and could not before this phase either: Found an unknown key `nope`. (needed by the project's linters)",
        escalation: {
          next: [
            'fix biome.json or what it needs, and commit that; or write `lint: { command: … }` with a command of your own, or `lint: none`, into the front matter of .spec/SPEC.md and commit it',
            expect.stringContaining(':conduct'),
          ],
        },
      },
    ])
  })

  test('that the phase broke are fixed by an agent', async () => {
    const run = await start(`echo '{ "nope": 1 }' > biome.json`, { fix: "echo '{}' > biome.json" })
    expect(run.failures, run.text).toEqual([])
    expect(await workspace.agents.sessions()).toEqual(['implement 1', 'fix 1 1'])
    expect(await workspace.agents.prompt()).toContain('Found an unknown key `nope`')
  })

  test('that are not installed need a person, and no agent', async () => {
    const files = { 'package.json': '{"devDependencies":{"@biomejs/biome":"2"}}', 'package-lock.json': '{}' }
    const run = await start('echo debugger >> src/old.js', { files })
    expect(await workspace.agents.sessions()).toEqual(['implement 1'])
    expect(run.failures).toMatchObject([
      {
        reason: 'escalated',
        message: "biome is not installed, and biome.json asks for it (needed by the project's linters)",
        escalation: {
          next: [
            expect.stringMatching(
              /^add this line to the front matter of .spec\/SPEC.md and commit it: setup: npm ci; or /,
            ),
            expect.stringContaining(':conduct'),
          ],
        },
      },
    ])
  })
})
