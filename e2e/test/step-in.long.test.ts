import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test } from 'vitest'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

/** An agent that writes one wrong file, then the right ones. */
const agent = `bash -c 'line=$(head -1); cat >/dev/null; case $line in *fix*) echo hello >> page.txt ;; *) if [ -f base.txt ]; then echo page > page.txt; else echo bad > base.txt; fi ;; esac'`

const spec = `---
agent: { driver: command, command: ${JSON.stringify(agent)} }
review: off
rounds: 0
tools: [git]
---
# Small shop

## Implementation Phases

### Phase 1: Base
- Make base.txt say good
Test Command: grep -q good base.txt

### Phase 2: Page
- Make page.txt
Test Command: test -f page.txt
Approval: required
`

/** How the run stands, as a script sees it. */
async function status(): Promise<{ readonly code: number | undefined; readonly text: string }> {
  const program = join(workspace.root, 'node_modules', '.bin', 'nx-conduct')
  const { exitCode, stdout } = await execa(program, ['status', '--exit-code'], { cwd: workspace.root, reject: false })
  return { code: exitCode, text: stdout }
}

test('a person fixes what failed, rejects what they do not like, approves it, and the run ends', async () => {
  workspace = await makeWorkspace({ spec, score: 'version: 1\n' })
  const failed = await workspace.nx(conduct)
  expect(failed.exitCode).not.toBe(0)
  expect(failed.output).toContain('npx nx run spec:hand-in --phase=1')
  expect(await status()).toMatchObject({ code: 1, text: expect.stringContaining('failed: phase 1') })
  const worktree = / {2}worktree {2}(\S+)/.exec(failed.output)?.[1] ?? ''
  await writeFile(join(worktree, 'base.txt'), 'good\n')
  const handedIn = await workspace.nx(['run', 'spec:hand-in', '--phase=1'])
  expect(handedIn.exitCode, handedIn.output).toBe(0)
  expect(handedIn.output).toContain('✔ Phase 1 is complete')

  const waiting = await workspace.nx(conduct)
  expect(waiting.output).toContain('‖ Phase 2 (Page) is waiting for approval')
  expect(waiting.output).not.toContain('phase 1 implement base     ▸')
  expect(await status()).toEqual({ code: 3, text: 'waiting for approval: phase 2' })
  const rejected = await workspace.nx(['run', 'spec-phase-2:approve', '--reject=say hello'])
  expect(rejected.exitCode, rejected.output).toBe(0)
  const again = await workspace.nx(conduct)
  expect(again.output).toContain('▸ fix-executor round 1')
  const approved = await workspace.nx(['run', 'spec-phase-2:approve'])
  expect(approved.output).toContain('by Somebody <somebody@localhost>')
  const done = await workspace.nx(conduct)
  expect(done.exitCode, done.output).toBe(0)
  expect(done.output).toContain('approved by Somebody')
  expect(await status()).toEqual({ code: 0, text: 'done' })
  expect(await workspace.read('page.txt')).toBe('page\nhello\n')
  const program = join(workspace.root, 'node_modules', '.bin', 'nx-conduct')
  const { stdout } = await execa(program, ['verify-history'], { cwd: workspace.root })
  expect(stdout).toMatch(/^\d+ events, 0 problems$/)
})
