import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const
const files = { spec: smallSpec(), score: smallScore() }

test('without a repository it says how to make one', async () => {
  workspace = await makeWorkspace(files)
  await rm(join(workspace.root, '.git'), { recursive: true })
  const run = await workspace.nx(conduct)
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toMatch(/git init/)
})

test('without a commit it says how to make one', async () => {
  workspace = await makeWorkspace({ ...files, commit: false })
  const run = await workspace.nx(conduct)
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toMatch(/git commit/)
})

test('an error in the spec is shown at its line, and nothing is done', async () => {
  workspace = await makeWorkspace({ ...files, spec: smallSpec().replace('Depends On: Phase 1', 'Depends On: Phase 9') })
  const run = await workspace.nx(conduct)
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toMatch(/SPEC\.md:\d+:\d+/)
  expect(await workspace.git('for-each-ref', 'refs/conduct')).toBe('')
})

test('dirty files are allowed: agents see HEAD, and the uncommitted spec is said to be laid over it', async () => {
  workspace = await makeWorkspace({ ...files, files: { 'notes.txt': 'old\n' } })
  await workspace.write('notes.txt', 'new\n')
  await workspace.write('.spec/SPEC.md', smallSpec().replace('Add numbers', 'Add some numbers'))
  const run = await workspace.nx(conduct)
  expect(run.exitCode, run.output).toBe(0)
  expect(run.output).toContain('.spec/SPEC.md is not committed as it stands')
  expect(await workspace.read('notes.txt')).toBe('new\n')
  expect(await workspace.git('show', 'main:notes.txt')).toBe('old')
  expect(await workspace.git('show', 'main:.spec/SPEC.md')).toContain('Add some numbers')
})

test('a test command whose program is missing is a fault of the machine, and no agent is sent in', async () => {
  workspace = await makeWorkspace({ ...files, spec: smallSpec().replace('node --test base', 'no-such-program --test') })
  const run = await workspace.nx(conduct)
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toContain('the program no-such-program is not installed')
  expect(run.output).not.toContain('fix-executor')
})

test('without a key and without a score it says which variable to set', async () => {
  workspace = await makeWorkspace(files)
  const run = await workspace.nx(conduct, { NX_CONDUCT_REHEARSAL: 'off' })
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toContain('ANTHROPIC_API_KEY')
})
