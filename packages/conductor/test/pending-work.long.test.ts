import { existsSync } from 'node:fs'
import { lstat, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppendOutcome, openRunLog, type RunLog } from '@nx-conduct/store'
import { afterEach, expect, test } from 'vitest'
import type { ConductOptions } from './rig/conductor.ts'
import { alteredLog } from './rig/log.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = specOf(['One', '- a', 'Test Command: grep -q good phase-1.txt'])

/** A run log that cannot record how an agent ended, as on a full disk. */
const full: ConductOptions['openLog'] = async (options) => {
  const log = await openRunLog(options)
  return alteredLog(log, {
    append: async (request): Promise<AppendOutcome> =>
      request.body.type === 'agent.finished'
        ? { kind: 'refused', refusal: { reason: 'unavailable', message: 'No space left on device' } }
        : log.append(request),
  })
}

/** What stays of sessions that were not recorded. */
async function kept(): Promise<{ readonly worktrees: readonly string[]; readonly records: readonly string[] }> {
  const folder = (await workspace.open()).checkouts.folder
  const names = await readdir(folder)
  return {
    worktrees: names.filter((name) => !name.includes('.')).map((name) => join(folder, name)),
    records: names.filter((name) => name.endsWith('.session.json')),
  }
}

const usage = async () => Object.values((await (await workspace.open()).log.state()).runs)[0]?.usage

test('the work of an agent that cannot be recorded stays in its worktree, and the next run records it without running the agent again', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  const run = await workspace.conduct({ openLog: full })
  expect(run.failures).toMatchObject([
    { id: '1/implement/one', reason: 'log', message: expect.stringContaining('No space left on device') },
  ])
  expect(run.notices).toContain('work-kept')
  const { worktrees, records } = await kept()
  expect(records).toHaveLength(1)
  expect(worktrees.map((top) => existsSync(join(top, 'phase-1.txt')))).toEqual([true])

  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.notices).toContain('work-taken-up')
  expect(again.agents).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
  expect(await usage()).toMatchObject({ sessions: 1, turns: 1 })
  expect(await kept()).toEqual({ worktrees: [], records: [] })
  expect(await workspace.read('phase-1.txt')).toBe('good\n')
})

test('a record that is not whole is no obstacle: the agent runs again', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  await workspace.conduct({ openLog: full })
  const { records } = await kept()
  const folder = (await workspace.open()).checkouts.folder
  for (const name of records) {
    await writeFile(
      join(folder, name),
      `${JSON.stringify({ version: 1, top: join(folder, name.split('.')[0] ?? '') })}\n`,
    )
  }
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual(['implement 1 one'])
})

test('it stays as long as it cannot be recorded', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  for (let run = 0; run < 3; run += 1) {
    expect((await workspace.conduct({ openLog: full })).failures).toMatchObject([{ reason: 'log' }])
    expect((await kept()).records).toHaveLength(1)
  }
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
})

test('work that was recorded by a process that was killed right after leaves no worktree behind', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  const lostReply: ConductOptions['openLog'] = async (options) => {
    const log = await openRunLog(options)
    return alteredLog(log, {
      append: async (request) => {
        const outcome = await log.append(request)
        if (request.body.type === 'agent.finished') throw new Error('the process ends here')
        return outcome
      },
    })
  }
  expect((await workspace.conduct({ openLog: lostReply })).failures).toMatchObject([{ id: '1/implement/one' }])
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual([])
  expect(await kept()).toEqual({ worktrees: [], records: [] })
  expect(await usage()).toMatchObject({ sessions: 1 })
})

test('the work of a fixing agent is kept, too', async () => {
  workspace = await Workspace.with({ spec, agents: { fix: 'echo good > phase-1.txt' } })
  expect((await workspace.conduct({ only: (id) => id === '1/implement/one' })).failures).toEqual([])
  const run = await workspace.conduct({ openLog: full })
  expect(run.failures).toMatchObject([{ id: '1/test', reason: 'log' }])
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'fix 1 1'])
  expect(await usage()).toMatchObject({ sessions: 2 })
})

test('work for a step that nobody asks for any more is left where it is by a run of another plan', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  await workspace.conduct({ openLog: full })
  await workspace.commit({ '.spec/SPEC.md': spec.replace('- a', '- another') })
  const other = await workspace.conduct()
  expect(other.failures, other.text).toEqual([])
  expect((await kept()).records).toHaveLength(1)
})

test('a step that failed to be recorded is not performed again within the process', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'echo good > phase-1.txt' } })
  let appended: RunLog['append'] | undefined
  const run = await workspace.conduct({
    async openLog(options) {
      const log = await openRunLog(options)
      appended = (request) =>
        request.body.type === 'step.accepted'
          ? Promise.resolve({ kind: 'refused', refusal: { reason: 'unavailable', message: 'full' } })
          : log.append(request)
      return alteredLog(log, { append: (request) => (appended ?? log.append)(request) })
    },
  })
  expect(run.failures).toMatchObject([{ id: '1/implement/one', reason: 'log' }])
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
})

test('so it is when git itself can write nothing any more', async () => {
  workspace = await Workspace.with({ spec })
  const objects = join(workspace.top, '.git/objects')
  // A file in the place of every folder for objects: also root cannot write there.
  const every = `printf "%s\\n" 0 1 2 3 4 5 6 7 8 9 a b c d e f`
  await workspace.agents.play({
    implement: `echo good > phase-1.txt; git -C '${workspace.top}' gc --quiet; for a in $(${every}); do for b in $(${every}); do rmdir '${objects}'/$a$b 2> /dev/null; touch '${objects}'/$a$b; done; done`,
  })
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([{ id: '1/implement/one', reason: 'git' }])
  expect(run.notices).toContain('work-kept')

  for (const name of await readdir(objects)) {
    if ((await lstat(join(objects, name))).isFile()) await rm(join(objects, name))
  }
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
  expect(await workspace.read('phase-1.txt')).toBe('good\n')
  expect(await usage()).toMatchObject({ sessions: 1 })
})

test('a session that was stopped and could not be recorded is counted, and the agent is run again', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'sleep 60' } })
  const running = workspace.start({ openLog: full })
  await expect.poll(() => workspace.agents.sessions(), { timeout: 10_000 }).toHaveLength(1)
  running.stop()
  await running.ended
  expect((await kept()).records).toHaveLength(1)
  await workspace.agents.play({ implement: 'echo good > phase-1.txt' })
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.skipped).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'implement 1'])
  expect(await usage()).toMatchObject({ sessions: 2 })
  expect(await kept()).toEqual({ worktrees: [], records: [] })
})

test('so is one whose agent failed', async () => {
  workspace = await Workspace.with({ spec, agents: { implement: 'exit 3' } })
  expect((await workspace.conduct({ openLog: full })).failures).toMatchObject([{ reason: 'log' }])
  await workspace.agents.play({ implement: 'echo good > phase-1.txt' })
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1', 'implement 1'])
})

test('the run of another spec leaves it alone, also when the process that left it is gone', async () => {
  workspace = await Workspace.with({
    spec,
    files: { 'libs/x/.spec/SPEC.md': specOf(['Other', '- x']) },
    agents: { implement: 'echo good > phase-1.txt' },
  })
  expect((await workspace.conduct({ openLog: full })).failures).toMatchObject([{ reason: 'log' }])
  await workspace.disown()
  const other = await workspace
    .beside({ specFile: 'libs/x/.spec/SPEC.md' })
    .conduct({ only: (id) => id !== 'finalize' })
  expect(other.failures, other.text).toEqual([])
  expect((await kept()).worktrees).toHaveLength(1)
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect((await workspace.agents.sessions()).filter((who) => who === 'implement 1')).toHaveLength(2)
  expect(again.notices).toContain('work-taken-up')
})
