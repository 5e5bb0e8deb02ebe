import { afterEach, describe, expect, test } from 'vitest'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

interface Cheat {
  /** Front matter. */
  readonly settings?: string
  readonly modules?: string
  /** Sessions of the score, as YAML: role, matchers and turns. */
  readonly sessions: readonly string[]
}

/** What the repository holds before the run: a script that tests, and a test that passes. */
const files = {
  'package.json': `${JSON.stringify({ name: 'workspace', private: true, type: 'module', scripts: { test: 'node --test test/*.test.mjs' } }, null, 2)}\n`,
  'test/old.test.mjs': "import test from 'node:test'\ntest('works', () => {})\n",
}

const sumTest =
  "import test from 'node:test'\nimport assert from 'node:assert/strict'\nimport { sum } from '../sum/sum.mjs'\ntest('adds', () => assert.equal(sum(1, 2), 3))\n"
const right = 'export const sum = (a, b) => a + b\n'
const wrong = 'export const sum = (a, b) => a - b\n'

async function cheat({ settings = 'review: off\nrounds: 1', modules = '', sessions }: Cheat) {
  const spec = `---
agent: { driver: anthropic, model: claude-sonnet-5-5, rehearsal: .spec/score.yaml }
tools: [git]
${settings}
---
# Numbers

## Implementation Phases

### Phase 1: Sum
- Add numbers
Test Command: npm test
${modules}`
  workspace = await makeWorkspace({ spec, files, score: `sessions:\n${sessions.join('\n')}\n` })
  const run = await workspace.nx(conduct)
  return { ...run, spec }
}

function session(match: string, ...turns: readonly string[]): string {
  return `  - { ${match}, turns: [${turns.join(', ')}] }`
}

function create(path: string, text: string): string {
  return `{ create: { path: ${path}, text: ${JSON.stringify(text)} } }`
}

const report = '{ report: { built: all of it, tests: "all tests pass, I promise", issues: [] } }'
const build = (code: string, ...more: readonly string[]): string =>
  session(
    'role: implementation-executor',
    `{ tools: [${[create('sum/sum.mjs', code), create('test/sum.test.mjs', sumTest), ...more].join(', ')}] }`,
    report,
  )
const fix = (match: string, ...tools: readonly string[]): string =>
  session(`role: fix-executor${match}`, ...(tools.length === 0 ? [] : [`{ tools: [${tools.join(', ')}] }`]), report)
const bash = (command: string): string => `{ bash: ${JSON.stringify(command)} }`

/** What the branch holds. */
const committed = (path: string): Promise<string> => workspace.git('show', `HEAD:${path}`)

describe('an agent', () => {
  test('that claims success while its tests are red fails the phase, and is quoted as what it said', async () => {
    const run = await cheat({ sessions: [build(wrong), fix('')] })
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toContain('the gate test stayed red: npm test')
    expect(run.output).toMatch(/round 1.*all of it/)
    await expect(committed('sum/sum.mjs')).rejects.toThrow()
  })

  test.each([
    ['deletes the test that fails', bash('rm test/sum.test.mjs'), /1 test fewer in test\/sum\.test\.mjs/],
    ['skips it', bash("sed -i 's/^test(/test.skip(/' test/sum.test.mjs"), /weakens what it is judged by/],
    ['empties its assertion', bash("sed -i 's/assert.equal(sum(1, 2), 3)/{}/' test/sum.test.mjs"), /1 assertion fewer/],
    ['weakens the script', bash(`sed -i 's/"node --test.*"/"true"/' package.json`), /package\.json/],
  ])('that %s is refused, and the phase stays red', async (_, tool, why) => {
    const run = await cheat({ sessions: [build(wrong), fix('', tool)] })
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toContain('the fix of round 1 is refused')
    expect(run.output).toMatch(why)
    expect(run.output).toContain('npx nx run spec:hand-in --phase=1')
  })

  test('that cheated does not keep the next one from fixing the cause', async () => {
    const run = await cheat({
      settings: 'review: off\nrounds: 2',
      sessions: [
        build(wrong),
        fix(', round: 1', bash('rm test/sum.test.mjs')),
        fix(', round: 2', create('sum/sum.mjs', right)),
      ],
    })
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toContain('the fix of round 1 is refused')
    expect(await committed('sum/sum.mjs')).toBe(right.trimEnd())
    expect(await committed('test/sum.test.mjs')).toContain("test('adds'")
  })

  test('that edits the spec changes nothing of the plan in force', async () => {
    const edit = bash("chmod u+w .spec .spec/SPEC.md; sed -i 's/npm test/true/' .spec/SPEC.md")
    const run = await cheat({ settings: 'review: off\nrounds: 0', sessions: [build(wrong, edit)] })
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toContain('the agent changed .spec/SPEC.md; that was left out')
    expect(run.output).toContain('the gate test stayed red: npm test')
    expect(await workspace.read('.spec/SPEC.md')).toBe(run.spec)
  })

  test('that reverts what another module owns is refused by name', async () => {
    const other = session(
      'role: implementation-executor, module: words',
      `{ tools: [${[create('words/words.mjs', 'export {}\n'), bash('rm test/old.test.mjs')].join(', ')}] }`,
      report,
    )
    const run = await cheat({
      modules: 'Modules: sum (sum/**, test/**), words (words/**)\n',
      sessions: [other, build(right)],
    })
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toMatch(/module words[\s\S]*test\/old\.test\.mjs/)
    expect(await committed('test/old.test.mjs')).toContain('works')
  })
})

describe('a reviewer', () => {
  const settings = 'review: each\naudit: off\nrounds: 1'
  const review = (...turns: readonly string[]): string => session('role: code-reviewer', ...turns)
  const finding = '{ file: sum/sum.mjs, line: 99, severity: critical, what: wrong, why: always, suggestion: other }'

  test('that answers in prose has approved nothing', async () => {
    const run = await cheat({
      settings,
      sessions: [build(right), review('{ say: APPROVED }', '{ say: LGTM }', '{ say: Ship it }')],
    })
    expect(run.exitCode).not.toBe(0)
    expect(run.output).toContain('the code-reviewer gave no verdict')
    expect(run.output).toContain('`review: off`')
    await expect(committed('sum/sum.mjs')).rejects.toThrow()
  })

  test('that cites lines that do not exist is asked again, and fails nothing and passes nothing', async () => {
    const made = `{ verdict: { verdict: request-changes, summary: bad, findings: [${finding}] } }`
    const run = await cheat({ settings, sessions: [build(right), review(made)] })
    expect(run.exitCode).not.toBe(0)
    expect(run.output.match(/▸ code-reviewer/g)).toHaveLength(2)
    expect(run.output).toContain('its one finding is about a line that does not exist')
    expect(run.output).not.toContain('▸ fix-executor')
  })

  test('that tries to write changes nothing', async () => {
    const writes = `{ tools: [${create('sum/sum.mjs', 'mine\n')}] }`
    const shell = `{ tools: [${bash('echo mine > sum/sum.mjs; git commit -qam mine; echo mine > more.txt')}] }`
    const approve = '{ verdict: { verdict: approve, summary: fine } }'
    const run = await cheat({ settings, sessions: [build(right), review(writes, shell, approve)] })
    expect(run.exitCode, run.output).toBe(0)
    expect(run.output).toContain(
      'code-reviewer of phase 1 changed sum/sum.mjs in its checkout; nothing of that is kept',
    )
    expect(await committed('sum/sum.mjs')).toBe(right.trimEnd())
    expect(await workspace.git('ls-tree', '-r', '--name-only', 'HEAD')).not.toContain('more.txt')
  })
})
