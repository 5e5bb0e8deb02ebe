import { afterEach, describe, expect, it, test } from 'vitest'
import { type Finding, findingsText, preflight } from '../src/index.ts'
import { programsNamed } from '../src/preflight/programs-named.ts'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

/** What is found before a run of this spec; `after` changes the workspace after it was committed. */
async function found(
  spec: string,
  { files = {}, after }: { files?: Record<string, string>; after?: (there: Workspace) => Promise<unknown> } = {},
): Promise<readonly Finding[]> {
  workspace = await Workspace.with({ spec, files })
  await after?.(workspace)
  return preflight(await workspace.open())
}

const bad = (findings: readonly Finding[]) =>
  findings.flatMap((finding) =>
    finding.severity === 'warning' || finding.severity === 'error' ? [`${finding.severity}: ${finding.message}`] : [],
  )

const phase = (...lines: string[]): string => specOf(['One', '- a', ...lines])

describe('before a run', () => {
  it('nothing is found where all is there', async () => {
    const findings = await found(phase('Test Command: test -f a && git --version'))
    expect(bad(findings)).toEqual([])
    expect(findings.map(({ check }) => check)).toEqual(['repository', 'agents', 'programs', 'disk', 'run log'])
  })

  it('an agent’s program that is not there is an error', async () => {
    const findings = await found(specWith('agent: { driver: command, command: no-such-agent -p }', ['One', '- a']))
    expect(bad(findings)).toEqual(['error: `no-such-agent -p`: there is no program no-such-agent on the PATH'])
  })

  it('a key that is not set is an error', async () => {
    const findings = await found(specWith('agent: { driver: anthropic, model: m }', ['One', '- a']))
    expect(bad(findings)).toEqual(['error: m: ANTHROPIC_API_KEY is not set'])
  })

  it('a preset’s program is asked whether it answers, and a login is looked for', async () => {
    const spec = specWith('agent: { preset: claude }', ['One', '- a'])
    const answers = (script: string) => ({ after: (there: Workspace) => there.agents.program('claude', script) })
    const missing = await found(specWith('agent: { preset: claude, command: no-such-claude }', ['One', '- a']))
    expect(findingsText(missing.filter(({ severity }) => severity === 'error'))).toContain(
      'Install it: npm install -g @anthropic-ai/claude-code',
    )
    await workspace?.remove()
    expect(bad(await found(spec, answers('echo cannot start >&2; exit 3')))).toEqual([
      'error: claude: `claude --version` fails: cannot start',
    ])
    await workspace?.remove()
    expect(bad(await found(spec, answers('[ "$1" = --version ] && echo 9.9.9')))).toEqual([
      "warning: claude (9.9.9): no login was found; the system's keychain may have one",
    ])
  })

  it('a test command’s program that is not there is an error, and a warning where a setup may install it', async () => {
    const command = 'Test Command: cd a && no-such-runner --all'
    expect(bad(await found(phase(command)))).toEqual([
      'error: the test command of phase 1 starts `no-such-runner`, and there is no such program on the PATH',
    ])
    await workspace?.remove()
    expect(bad(await found(specWith('setup: make', ['One', '- a', command])))).toEqual([
      expect.stringMatching(/^warning: .*`no-such-runner`/),
    ])
  })

  it('dependencies that nothing installs are named with the line to write', async () => {
    const files = {
      'package.json': '{"name":"a","devDependencies":{"x":"1"}}',
      'package-lock.json': '{"lockfileVersion":3}',
    }
    const findings = await found(phase('Test Command: npx x'), { files })
    expect(findingsText(findings.filter(({ check }) => check === 'dependencies'))).toBe(
      `! dependencies  nothing installs what package-lock.json asks for, and the test command of phase 1 (\`npx x\`) may need it
                If it does, add this line to the front matter of .spec/SPEC.md and commit it: setup: npm ci`,
    )
    await workspace?.remove()
    expect(bad(await found(phase('Test Command: npm ci && npx x'), { files }))).toEqual([])
    await workspace?.remove()
    expect(bad(await found(phase('Test Command: node --version'), { files }))).toEqual([])
  })

  it('an unfinished merge, a detached HEAD and a draft of the spec are told', async () => {
    const findings = await found(phase('Test Command: true'), {
      after: async (there) => {
        await there.git('checkout', '--quiet', '--detach')
        await there.write({ '.git/MERGE_HEAD': `${await there.git('rev-parse', 'HEAD')}\n` })
        await there.write({ '.spec/SPEC.md': phase('Test Command: true', '- more') })
      },
    })
    expect(bad(findings)).toEqual([
      'warning: a merge is not finished; the run starts from HEAD, without it',
      'warning: HEAD is detached, so no branch can be moved: the result stays on a branch of its own',
      'warning: .spec/SPEC.md differs from HEAD: agents get your draft, the result keeps the committed file',
    ])
  })

  it('changed files and approvals are told, and prevent nothing', async () => {
    const findings = await found(phase('Approval: required', 'Test Command: true'), {
      files: { 'a.txt': 'a\n' },
      after: (there) => there.write({ 'a.txt': 'b\n' }),
    })
    expect(findings.filter(({ severity }) => severity === 'info').map(({ check }) => check)).toEqual([
      'repository',
      'approval',
    ])
    expect(bad(findings)).toEqual([])
  })

  it('a disk that the checkouts do not fit on is an error', async () => {
    workspace = await Workspace.with({ spec: phase('Test Command: true') })
    const context = await workspace.open()
    const full = { ...context, checkouts: { ...context.checkouts, folder: '/proc/self' } }
    // A file system that says it has no room.
    expect(bad(await preflight(full))).toEqual([expect.stringMatching(/^error: 2 checkouts need .* 0 B are free$/)])
  })
})

test.each([
  ['npm test', ['npm']],
  ['cd a && CI=1 npx vitest run | tee log', ['npx', 'tee']],
  ['node a.js; ! grep x b || make', ['node', 'grep', 'make']],
  ['if test -f a; then pytest; fi', ['pytest']],
  ['test "$(node main.mjs)" = three', []],
  ['./gradlew test', []],
  ['source venv/bin/activate && pytest', []],
  ['PATH=bin:$PATH mine', []],
  ['echo "a; b && c"', []],
  ['cat <<END\nnot a program\nEND', []],
  ['# a comment\ngo test ./...', ['go']],
  ['$RUNNER test', []],
])('programs that a command starts: %j', (command, programs) => {
  expect(programsNamed(command)).toEqual(programs)
})
