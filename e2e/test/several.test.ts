import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

const front = 'agent: { driver: anthropic, rehearsal: .spec/score.yaml }\nrounds: 0'
const score = `sessions:
  - role: implementation-executor
    turns:
      - say: Working.
        tools:
          - bash: "date +%N > made-$RANDOM.txt; touch made.txt"
      - report: { built: "done", tests: "none", issues: [] }
`

test('a satisfied phase that names no test does not keep a run from landing', async () => {
  const spec = (task: string) =>
    `---\n${front}\n---\n## Implementation Phases\n\n### Phase 1: One\n- a\n\n### Phase 2: Two\n- ${task}\n`
  workspace = await makeWorkspace({ spec: spec('b'), score })
  expect((await workspace.nx(conduct)).exitCode).toBe(0)
  await workspace.write('.spec/SPEC.md', spec('b, better'))
  await workspace.git('commit', '--quiet', '--all', '--message', 'Better')
  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect(again.output).toMatch(/phase 1\s+One\s+satisfied/)
  expect(again.output).toMatch(/phase 2\s+Two\s+complete/)
})

test("commits that a person made on the result's branch stay, and the next result gets a branch of its own", async () => {
  const spec = (task: string) =>
    `---\n${front}\n---\n## Implementation Phases\n\n### Phase 1: One\n- ${task}\nTest Command: test -f made.txt\n`
  workspace = await makeWorkspace({ spec: spec('a'), score })
  await workspace.write('made.txt', 'mine\n')
  expect((await workspace.nx(conduct)).output).toContain('git merge conduct/spec')
  const tree = await workspace.git('rev-parse', 'conduct/spec^{tree}')
  const mine = await workspace.git('commit-tree', tree, '-p', 'conduct/spec', '-m', 'By hand')
  await workspace.git('update-ref', 'refs/heads/conduct/spec', mine)
  await workspace.write('.spec/SPEC.md', spec('b'))
  await workspace.git('add', '.spec/SPEC.md')
  await workspace.git('commit', '--quiet', '--message', 'Other')
  const again = await workspace.nx(conduct)
  expect(again.output).toMatch(/git merge conduct\/spec-[0-9a-f]{8}/)
  expect(await workspace.git('rev-parse', 'conduct/spec')).toBe(mine)
})

test('a spec in a folder is run under its own name, beside the others', async () => {
  const nested = smallSpec().replace('name: spec\n', '').replace('.spec/score.yaml', 'libs/x/.spec/score.yaml')
  workspace = await makeWorkspace({
    spec: smallSpec(),
    score: smallScore(),
    files: { 'libs/x/.spec/SPEC.md': nested, 'libs/x/.spec/score.yaml': smallScore() },
  })
  const run = await workspace.nx(['run', 'x-spec:conduct', '--outputStyle=stream'])
  expect(run.exitCode, run.output).toBe(0)
  expect(await workspace.git('for-each-ref', '--format=%(refname)', 'refs/conduct/spec')).toBe('')
  expect(await workspace.git('for-each-ref', '--format=%(refname)', 'refs/conduct/x-spec/log')).toBe(
    'refs/conduct/x-spec/log',
  )
  expect(await workspace.git('ls-tree', '-r', '--name-only', 'main', 'libs/x/.spec/phases/1')).toBe(
    'libs/x/.spec/phases/1/built.json',
  )
  const again = await workspace.nx(['run', 'x-spec:conduct', '--outputStyle=stream'])
  expect(again.output).toContain('Everything is satisfied')
})

test('an uncommitted spec that is edited between two runs is the one that lands', async () => {
  const spec = (command: string) =>
    `---\n${front}\n---\n## Implementation Phases\n\n### Phase 1: One\n- a\nTest Command: test -f made.txt\n\n### Phase 2: Two\n- b\nTest Command: ${command}\n`
  workspace = await makeWorkspace({ spec: spec('test -f missing.txt'), score, commit: true })
  await workspace.write('.spec/SPEC.md', spec('test -f stillmissing.txt'))
  expect((await workspace.nx(conduct)).exitCode).not.toBe(0)
  await workspace.write('.spec/SPEC.md', spec('test -f made.txt'))
  const again = await workspace.nx(conduct)
  expect(again.exitCode, again.output).toBe(0)
  expect(await workspace.git('show', 'main:.spec/SPEC.md')).toBe(spec('test -f made.txt').trimEnd())
  expect(await workspace.git('status', '--porcelain')).toBe('')
})

test('a redone phase is not complete any more, and the history still holds', async () => {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ phase2StaysRed: true }) })
  expect((await workspace.nx(conduct)).exitCode).not.toBe(0)
  expect((await workspace.nx(['run', 'spec:redo', '--phase=3'])).exitCode).toBe(0)
  const status = await workspace.nx(['run', 'spec:status'])
  expect(status.output).toMatch(/✔\s+phase 1\s+Base\s+complete/)
  expect(status.output).not.toMatch(/✔\s+phase 3/)
  await workspace.nx(conduct)
  const after = await workspace.nx(['run', 'spec:status'])
  expect(after.output).toMatch(/✔\s+phase 3\s+Words\s+complete/)
  const verified = await execa(join(workspace.root, 'node_modules', '.bin', 'nx-conduct'), ['verify-history'], {
    cwd: workspace.root,
    reject: false,
  })
  expect(verified.stdout).toMatch(/^\d+ events, 0 problems$/)
})
