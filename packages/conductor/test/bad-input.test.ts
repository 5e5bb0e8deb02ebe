import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ConductProblem } from '../src/index.ts'
import { performStep, type StepRequest } from '../src/step/perform-step.ts'
import { stepGraph } from '../src/step/step-graph.ts'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const one = ['One', '- a', 'Test Command: test -f phase-1.txt'] as const

async function problem(of: Promise<unknown>): Promise<ConductProblem> {
  const error = await of.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ConductProblem) return error
  throw new Error('no problem was thrown', { cause: error })
}

test('without a repository, and without a commit, it says how to make one', async () => {
  workspace = await Workspace.with({ spec: specOf(one) })
  await workspace.git('update-ref', '-d', 'HEAD')
  expect(await problem(workspace.conduct())).toMatchObject({
    code: 'no-commit',
    hint: expect.stringContaining('git commit'),
  })
  await rm(join(workspace.top, '.git'), { recursive: true })
  expect(await problem(workspace.conduct())).toMatchObject({
    code: 'not-a-repository',
    hint: expect.stringContaining('git init'),
  })
})

test('a spec with errors is refused at its line, a missing one with the command that writes one, and nothing is recorded', async () => {
  workspace = await Workspace.with({ spec: specOf(one, ['Two', '- b', 'Depends On: Phase 9']) })
  expect(await problem(workspace.conduct())).toMatchObject({
    code: 'spec-has-errors',
    message: expect.stringMatching(/^\.spec\/SPEC\.md:\d+:\d+ /),
  })
  await rm(join(workspace.root, '.spec/SPEC.md'))
  expect(await problem(workspace.conduct())).toMatchObject({ code: 'no-spec' })
  expect(await workspace.refs('refs/conduct')).toEqual([])
})

test('two specs of one name cannot share a log', async () => {
  workspace = await Workspace.with({
    spec: specOf(one),
    files: { 'libs/x/.spec/SPEC.md': specWith('name: spec', one) },
  })
  expect((await workspace.conduct()).failures).toEqual([])
  expect(await problem(workspace.beside({ specFile: 'libs/x/.spec/SPEC.md' }).conduct())).toMatchObject({
    code: 'name-taken',
    message: expect.stringContaining('libs/x/.spec/SPEC.md'),
  })
})

test('agents see HEAD: dirty files stay as they are and are not part of the result', async () => {
  workspace = await Workspace.with({
    spec: specOf(one),
    files: { 'notes.txt': 'old\n' },
    agents: { implement: 'cp notes.txt phase-1.txt' },
  })
  await workspace.write({ 'notes.txt': 'new\n' })
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.read('notes.txt')).toBe('new\n')
  expect(await workspace.git('show', 'main:phase-1.txt')).toBe('old')
  expect(await workspace.git('show', 'main:notes.txt')).toBe('old')
})

test('an uncommitted draft of the spec is what is built, and the result keeps the committed file', async () => {
  const committed = specOf(one)
  workspace = await Workspace.with({ spec: committed })
  await workspace.write({ '.spec/SPEC.md': specOf(['One', '- a better', one[2]]) })
  expect((await workspace.open()).run.specCommitted).toBe(false)
  const run = await workspace.conduct()
  expect(run.failures, run.text).toEqual([])
  expect(await workspace.agents.prompt()).toContain('a better')
  expect(await workspace.git('show', 'main:.spec/SPEC.md')).toBe(committed.trim())
  expect(await workspace.git('log', '--format=%H', 'main', '--', '.spec/SPEC.md')).toBe(
    await workspace.git('rev-parse', 'main~1'),
  )
  expect(await workspace.read('.spec/SPEC.md')).toContain('a better')
})

test('a draft that is edited between two runs is built as it is then', async () => {
  workspace = await Workspace.with({ spec: specWith('rounds: 0', one) })
  await workspace.write({ '.spec/SPEC.md': specWith('rounds: 0', ['One', '- a', 'Test Command: test -f nothing.txt']) })
  expect((await workspace.conduct()).failures).toMatchObject([{ id: '1/test', reason: 'escalated' }])
  await workspace.write({ '.spec/SPEC.md': specWith('rounds: 0', ['One', '- a', 'Test Command: test -s phase-1.txt']) })
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.git('status', '--porcelain')).toBe('M .spec/SPEC.md')
})

test('without a key and without a score it says which variable to set, and an unreadable score is named', async () => {
  workspace = await Workspace.with({ spec: specWith('agent: { driver: anthropic, rehearsal: score.yaml }', one) })
  expect(await problem(workspace.conduct())).toMatchObject({
    code: 'rehearsal',
    message: expect.stringContaining('score.yaml'),
  })
  const off = await workspace.conduct({ env: { NX_CONDUCT_REHEARSAL: 'off' } })
  expect(off.failures).toMatchObject([{ reason: 'rehearsal', message: expect.stringContaining('ANTHROPIC_API_KEY') }])
})

test('a step that the plan does not have fails with the command that helps', async () => {
  workspace = await Workspace.with({ spec: specOf(one) })
  const context = await workspace.open()
  const graph = stepGraph(context, { isOwn: () => true })
  const perform = (request: StepRequest) => performStep(context, graph, request)
  expect(await perform({ step: 'test', phase: '7' })).toMatchObject({ kind: 'failed', reason: 'unknown-phase' })
  expect(await perform({ step: 'test' })).toMatchObject({ kind: 'failed', reason: 'unknown-phase' })
  expect(await perform({ step: 'implement', phase: '1', module: 'x' })).toMatchObject({ reason: 'unknown-module' })
})
