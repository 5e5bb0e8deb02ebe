import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../src/cli/main.ts'
import importGenerator from '../src/generators/import.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-conduct-import-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const PLAN = `# Tasks: add retries

## 1. Prepare

- [x] 1.1 Add \`retries\` to \`src/config.ts\`

## 2. Verify

- [ ] 2.1 \`npm test\` passes
`

async function run(...args: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text) })
  const terminal = { stdout: stream('stdout'), stderr: stream('stderr'), env: {}, cwd: () => folder }
  return { code: await main(args, terminal), ...said }
}

describe('nx-conduct import', () => {
  it('prints the spec, and writes it with --write', async () => {
    writeFileSync(join(folder, 'tasks.md'), PLAN)
    writeFileSync(join(folder, 'proposal.md'), '# Why\n\nNetworks fail.\n')
    const printed = await run('import', 'tasks.md')
    expect(printed).toMatchObject({ code: 0, stderr: expect.stringContaining('OpenSpec tasks.md: 2 phases') })
    expect(printed.stdout).toContain('Networks fail.')
    const written = await run('import', 'tasks.md', '--write', '.spec/SPEC.md')
    expect(written).toEqual({
      code: 0,
      stdout: '',
      stderr:
        '\nWrote .spec/SPEC.md with 2 phases from OpenSpec tasks.md\n  next      npx nx-conduct compile .spec/SPEC.md\n',
    })
    expect(readFileSync(join(folder, '.spec/SPEC.md'), 'utf8')).toBe(printed.stdout)
    expect((await run('compile', '.spec/SPEC.md')).code).toBe(0)
  })

  it('overwrites a file only with --force', async () => {
    writeFileSync(join(folder, 'tasks.md'), PLAN)
    writeFileSync(join(folder, 'SPEC.md'), 'mine')
    const refused = await run('import', 'tasks.md', '--write', 'SPEC.md')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^✖ SPEC\.md exists already; nothing was written\n {2}next {6}.+--force/),
    })
    expect(readFileSync(join(folder, 'SPEC.md'), 'utf8')).toBe('mine')
    expect((await run('import', 'tasks.md', '--write', 'SPEC.md', '--force')).code).toBe(0)
    expect(readFileSync(join(folder, 'SPEC.md'), 'utf8')).toContain('### Phase 1: Prepare')
  })

  it('lists what it could not carry over, by line', async () => {
    const task = { id: 1, title: 'A', status: 'done', priority: 'high', subtasks: [] }
    writeFileSync(
      join(folder, 'tasks.json'),
      JSON.stringify({ master: { tasks: [task] }, later: { tasks: [] } }, null, 1),
    )
    const { code, stderr } = await run('import', 'tasks.json', '--write', 'SPEC.md')
    expect(code).toBe(0)
    expect(stderr).toContain('Not carried over:\n  tasks.json:8  priority: left out')
    expect(stderr).toContain('  tasks.json:13  tag later: choose it with --tag later\n')
  })

  it('writes nothing that does not compile', async () => {
    const tasks = [1, 2].map((id) => ({ id, title: 'A', status: 'pending', dependencies: [3 - id], subtasks: [] }))
    writeFileSync(join(folder, 'tasks.json'), JSON.stringify({ tasks }))
    const { code, stderr } = await run('import', 'tasks.json', '--write', 'SPEC.md')
    expect(code).toBe(1)
    expect(stderr).toContain('✖ what the task-master tasks.json says does not compile; nothing was written')
    expect(stderr).toContain('[dependency-cycle]')
    expect(existsSync(join(folder, 'SPEC.md'))).toBe(false)
  })

  it('says what is wrong with a call, and with a file that is no plan', async () => {
    writeFileSync(join(folder, 'notes.md'), '# Notes\n')
    expect(await run('import')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^✖ import takes one file\n {2}next/),
    })
    expect(await run('import', 'a', 'b')).toMatchObject({ code: 2 })
    expect(await run('import', 'notes.md', '--format', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one of: spec-kit, kiro'),
    })
    expect(await run('import', 'none.md')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^✖ none\.md cannot be read: there is no such file\n {2}next/),
    })
    expect(await run('import', 'notes.md')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^✖ notes\.md:1 the file is of no format.+\n {2}next {6}known are: spec-kit tasks\.md/,
      ),
    })
  })
})

describe('nx g nx-conduct:import', () => {
  it('writes the spec with the documents beside the plan, and refuses to overwrite one', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const tree = createTreeWithEmptyWorkspace()
    tree.write('openspec/changes/x/tasks.md', PLAN)
    tree.write('openspec/changes/x/proposal.md', '# Why\n\nNetworks fail.\n')
    const after = await importGenerator(tree, { file: 'openspec/changes/x/tasks.md', directory: 'libs/x' })
    after()
    const spec = tree.read('libs/x/.spec/SPEC.md', 'utf8')
    expect(spec).toContain('Networks fail.')
    expect(spec).toContain('### Phase 2: Verify')
    await expect(importGenerator(tree, { file: 'openspec/changes/x/tasks.md', directory: 'libs/x' })).rejects.toThrow(
      'exists already',
    )
    await importGenerator(tree, { file: 'openspec/changes/x/tasks.md', directory: 'libs/x', force: true })
  })

  it('says where a plan should be', async () => {
    const tree = createTreeWithEmptyWorkspace()
    await expect(importGenerator(tree, { file: 'none.md' })).rejects.toThrow('none.md is no file of the workspace')
    tree.write('notes.md', '# Notes\n')
    await expect(importGenerator(tree, { file: 'notes.md' })).rejects.toThrow('of no format')
  })
})
