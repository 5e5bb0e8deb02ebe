import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main } from '../src/cli/main.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-conduct-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What a person sees of a command in the folder. */
async function run(...args: readonly string[]) {
  const said = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text) })
  const terminal = { stdout: stream('stdout'), stderr: stream('stderr'), env: {}, cwd: () => folder }
  return { code: await main(args, terminal), ...said }
}

function git(args: readonly string[], input = ''): string {
  const identity = ['-c', 'user.name=p', '-c', 'user.email=p@example.com']
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8', input }).trim()
}

function begin(): void {
  git(['init', '--quiet'])
  git(['commit', '--quiet', '--allow-empty', '--message', 'Start'])
}

/** Adds an entry to the log whose tree is `files`, past every check of the store. */
function entry(seq: number, files: string, previous?: string): string {
  const parents = previous === undefined ? [] : ['-p', previous]
  const message = `x\n\nConduct-Log: spec\nConduct-Seq: ${seq}\nConduct-First: ${previous === undefined ? 'yes' : 'no'}`
  const commit = git(['commit-tree', git(['mktree'], files), ...parents, '-m', message])
  git(['update-ref', 'refs/conduct/spec/log', commit])
  return commit
}

describe('nx-conduct log', () => {
  it('says what to do where there is no repository, and that there is no run where there is one', async () => {
    expect(await run('log')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^✖ .+\n {2}next {6}.+\n$/) })
    begin()
    expect(await run('log')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'there is no run of spec in this repository yet\n',
    })
  })

  it('never leaves an entry out in silence', async () => {
    begin()
    const body = { type: 'notice', code: 'x', message: 'whole' }
    const event = JSON.stringify({ version: 2, seq: 1, at: 'now', operationId: 'a', writer: 'w', body })
    const first = entry(1, `100644 blob ${git(['hash-object', '-w', '--stdin'], event)}\tevent.json\n`)
    entry(2, '', first)
    const { code, stdout, stderr } = await run('log')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +1 {2}now {2}notice +message=whole code=x\n$/)
    expect(stderr).toMatch(/^! .*event is missing or damaged/)
  })
})

describe('nx-conduct status', () => {
  it('tells by its exit code, where it is asked to, that nothing is done', async () => {
    begin()
    const stdout = 'there is no run of spec in this repository yet\n'
    expect(await run('status')).toMatchObject({ code: 0, stdout })
    expect(await run('status', '--exit-code')).toMatchObject({ code: 1, stdout })
    expect(await run('status', '--exit-code', '--json')).toMatchObject({ code: 1, stdout: '{"kind":"none"}\n' })
  })
})

describe('nx-conduct compile --coverage', () => {
  it('shows the file with what each line became', async () => {
    writeFileSync(
      join(folder, 'SPEC.md'),
      '## Phases\n\n### Phase 1: A\n- Parse\nTest Command: npm test\n\n### Step 2: B\n',
    )
    const { code, stdout, stderr } = await run('compile', 'SPEC.md', '--coverage')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^4 {2}1 tasks {19}- Parse$/m)
    expect(stdout).toMatch(/^5 {2}1 test command {12}Test Command: npm test$/m)
    expect(stdout).toMatch(/; 0 unaccounted for\n$/)
    expect(stderr).toContain('implicit-module')
  })
})
