import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { readLastLanding, readStatus, statusText } from '../src/index.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

const run = promisify(execFile)

let workspace: Workspace
afterEach(() => workspace.remove())

const spec = specOf(['One', '- a', 'Test Command: test -f phase-1.txt'])

const tip = (branch: string) => workspace.git('rev-parse', `refs/heads/${branch}`)
const show = (branch: string, path: string) => workspace.git('show', `refs/heads/${branch}:${path}`)

/** The command that a notice or a summary printed for taking a result over. */
async function take(): Promise<string> {
  const last = await readLastLanding(await workspace.open())
  if (last?.landing.kind !== 'kept') throw new Error('no result was kept')
  return last.landing.command
}

async function statusNow(): Promise<string> {
  const found = await readStatus(await workspace.open())
  if (found === undefined) throw new Error('there is no run')
  return statusText(found, 'none')
}

/** Follows a printed command to the letter. */
async function follow(command: string): Promise<void> {
  await run('sh', ['-c', command], { cwd: workspace.top })
}

/** Whether a branch contains a commit. */
async function contains(branch: string, commit: string): Promise<boolean> {
  return (await workspace.git('merge-base', commit, `refs/heads/${branch}`)) === commit
}

describe('what the user did to the branch in mid-run', () => {
  const meanwhile = (act: () => Promise<unknown>) => workspace.conduct({ before: { finalize: act } })

  test('a commit is merged with the result and proven', async () => {
    workspace = await Workspace.with({ spec })
    const end = await meanwhile(() => workspace.commit({ 'mine.txt': 'mine\n' }))
    expect(end.failures, end.text).toEqual([])
    expect(end.notices).toContain('branch-moved')
    expect(await workspace.git('ls-tree', '--name-only', 'main', 'mine.txt', 'phase-1.txt')).toBe(
      'mine.txt\nphase-1.txt',
    )
    expect(await workspace.git('log', '-1', '--format=%s', 'main')).toBe('Merge the result of spec')
    expect(await workspace.git('status', '--porcelain')).toBe('')
    expect((await workspace.conduct()).agents).toEqual([])
  })

  test('a commit that conflicts with the result is not touched: the result is kept, and a rerun builds on the commit', async () => {
    workspace = await Workspace.with({ spec })
    const end = await meanwhile(() => workspace.commit({ 'phase-1.txt': 'mine\n' }))
    expect(end.failures).toMatchObject([
      { id: 'finalize', reason: 'does-not-merge', message: expect.stringContaining('phase-1.txt') },
    ])
    expect(await show('main', 'phase-1.txt')).toBe('mine')
    expect(await show('conduct/spec', 'phase-1.txt')).toBe('phase 1')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(again.agents).toEqual(['implement 1 one'])
    expect(await show('main', 'phase-1.txt')).toBe('phase 1')
  })

  test('a commit with which the gates fail is not touched', async () => {
    workspace = await Workspace.with({ spec: specOf(['One', '- a', 'Test Command: ! test -f mine.txt']) })
    const end = await meanwhile(() => workspace.commit({ 'mine.txt': 'mine\n' }))
    expect(end.failures).toMatchObject([
      { reason: 'does-not-merge', message: expect.stringContaining('the gate test fails') },
    ])
    expect(await workspace.git('log', '-1', '--format=%s', 'main')).toBe('Work')
  })

  for (const [what, act] of [
    ['a reset', () => workspace.git('reset', '--quiet', '--hard', 'HEAD~1')],
    ['an amend', () => workspace.git('commit', '--quiet', '--amend', '--message', 'Amended', '--only')],
  ] as const) {
    test(`after ${what}, nothing moves, nothing comes back, and a rerun adopts the work`, async () => {
      workspace = await Workspace.with({ spec })
      await workspace.commit({ 'secret.txt': 'secret\n' })
      const end = await meanwhile(act)
      expect(end.failures).toMatchObject([{ id: 'finalize', reason: 'branch-rewritten' }])
      const rewritten = await tip('main')
      expect(await workspace.refs('refs/heads')).toEqual(['refs/heads/main'])
      const again = await workspace.conduct()
      expect(again.failures, again.text).toEqual([])
      expect(again.agents).toEqual([])
      expect(await contains('main', rewritten)).toBe(true)
      expect(await show('main', 'phase-1.txt')).toBe('phase 1')
      const files = await workspace.git('ls-tree', '--name-only', 'main')
      expect(files.includes('secret.txt')).toBe(what === 'an amend')
    })
  }

  test('a branch that was deleted or renamed is not made again: the result is kept', async () => {
    workspace = await Workspace.with({ spec })
    const end = await meanwhile(() => workspace.git('branch', '--move', 'main', 'other'))
    expect(end.failures, end.text).toEqual([])
    expect(end.text).toContain('the branch main is gone')
    expect(await workspace.refs('refs/heads')).toEqual(['refs/heads/conduct/spec', 'refs/heads/other'])
    await follow(await take())
    expect(await tip('other')).toBe(await tip('conduct/spec'))
  })

  test('a switch to another branch leaves that branch and its files alone', async () => {
    workspace = await Workspace.with({ spec })
    const end = await meanwhile(async () => {
      await workspace.git('checkout', '--quiet', '-b', 'feature')
      await workspace.commit({ 'mine.txt': 'mine\n' })
    })
    expect(end.failures, end.text).toEqual([])
    expect(await workspace.git('ls-tree', '--name-only', 'feature', 'phase-1.txt')).toBe('')
    expect(await show('main', 'phase-1.txt')).toBe('phase 1')
    expect(await workspace.git('status', '--porcelain')).toBe('')
  })
})

describe('a result that cannot be put into the checkout', () => {
  test('is kept where a touched path is dirty, and the printed command takes it when that is settled', async () => {
    workspace = await Workspace.with({ spec, files: { 'phase-1.txt': 'old\n' } })
    await workspace.write({ 'phase-1.txt': 'mine\n' })
    const head = await tip('main')
    const end = await workspace.conduct()
    expect(end.failures, end.text).toEqual([])
    expect(end.notices).toContain('result-kept')
    expect(end.outcomes.get('finalize')).toMatchObject({ summary: expect.stringContaining('git merge --ff-only') })
    expect(await tip('main')).toBe(head)
    expect(await workspace.read('phase-1.txt')).toBe('mine\n')
    expect(await contains('conduct/spec', head)).toBe(true)
    const command = await take()
    const status = await statusNow()
    expect(status).toMatch(/The result is on the branch conduct\/spec at .*phase-1\.txt/)
    expect(status).toContain(`Take it with: ${command}`)
    expect(status).toContain(`Next: ${command}`)
    await expect(follow(command)).rejects.toThrow()
    expect(await workspace.read('phase-1.txt')).toBe('mine\n')
    await workspace.git('checkout', '--', 'phase-1.txt')
    await follow(command)
    expect(await tip('main')).toBe(await tip('conduct/spec'))
    expect(await workspace.read('phase-1.txt')).toBe('phase 1\n')
    expect(await statusNow()).not.toContain('git merge')
  })

  test("is kept on a branch that contains the user's, also when that moved in mid-run", async () => {
    workspace = await Workspace.with({ spec })
    const end = await workspace.conduct({
      before: {
        async finalize() {
          await workspace.commit({ 'mine.txt': 'mine\n' })
          await workspace.write({ 'phase-1.txt': 'untracked\n' })
        },
      },
    })
    expect(end.failures, end.text).toEqual([])
    expect(await contains('conduct/spec', await tip('main'))).toBe(true)
    expect(await show('conduct/spec', 'mine.txt')).toBe('mine')
    await run('rm', ['phase-1.txt'], { cwd: workspace.top })
    await follow(await take())
    expect(await workspace.read('phase-1.txt')).toBe('phase 1\n')
  })

  test('is kept where an ignored file is in the way, and the printed command does not overwrite it', async () => {
    workspace = await Workspace.with({
      spec,
      // The agent takes the file out of what is ignored.
      agents: { implement: 'echo > .gitignore; echo 1 > phase-1.txt' },
      files: { '.gitignore': 'phase-1.txt\n' },
    })
    await workspace.write({ 'phase-1.txt': 'mine\n' })
    const end = await workspace.conduct()
    expect(end.failures, end.text).toEqual([])
    expect(end.notices).toContain('result-kept')
    expect(await workspace.read('phase-1.txt')).toBe('mine\n')
    await expect(follow(await take())).rejects.toThrow()
    expect(await workspace.read('phase-1.txt')).toBe('mine\n')
  })

  test('is kept for a detached HEAD', async () => {
    workspace = await Workspace.with({ spec })
    await workspace.git('checkout', '--quiet', '--detach')
    const end = await workspace.conduct()
    expect(end.failures, end.text).toEqual([])
    expect(end.text).toContain('HEAD is detached')
    await follow(await take())
    expect(await workspace.git('rev-parse', 'HEAD')).toBe(await tip('conduct/spec'))
  })

  test('is taken from its branch although a tag has its name', async () => {
    workspace = await Workspace.with({ spec, files: { 'phase-1.txt': 'old\n' } })
    await workspace.git('tag', 'conduct/spec')
    await workspace.write({ 'phase-1.txt': 'mine\n' })
    expect((await workspace.conduct()).notices).toContain('result-kept')
    await workspace.git('checkout', '--', 'phase-1.txt')
    await follow(await take())
    expect(await tip('main')).toBe(await tip('conduct/spec'))
    expect(await workspace.read('phase-1.txt')).toBe('phase 1\n')
  })

  test('goes to a branch beside one named `conduct`, which leaves no room below it', async () => {
    workspace = await Workspace.with({ spec, files: { 'phase-1.txt': 'old\n' } })
    await workspace.git('branch', 'conduct')
    await workspace.write({ 'phase-1.txt': 'mine\n' })
    const end = await workspace.conduct()
    expect(end.failures, end.text).toEqual([])
    expect(await workspace.refs('refs/heads')).toEqual([
      'refs/heads/conduct',
      'refs/heads/main',
      'refs/heads/nx-conduct-spec',
    ])
    await workspace.git('checkout', '--', 'phase-1.txt')
    await follow(await take())
    expect(await tip('main')).toBe(await tip('nx-conduct-spec'))
  })

  test('leaves commits that a person made on the result branch alone and goes beside them', async () => {
    workspace = await Workspace.with({ spec })
    await workspace.write({ 'phase-1.txt': 'untracked\n' })
    expect((await workspace.conduct()).notices).toContain('result-kept')
    const tree = await workspace.git('rev-parse', 'conduct/spec^{tree}')
    const mine = await workspace.git('commit-tree', tree, '-p', 'conduct/spec', '-m', 'By hand')
    await workspace.git('update-ref', 'refs/heads/conduct/spec', mine)
    await workspace.write({ '.spec/SPEC.md': spec.replace('- a', '- b') })
    await workspace.git('commit', '--quiet', '--message', 'Other', '.spec/SPEC.md')
    const again = await workspace.conduct()
    expect(again.failures, again.text).toEqual([])
    expect(await take()).toMatch(/refs\/heads\/conduct\/spec-[0-9a-f]{8}$/)
    expect(await tip('conduct/spec')).toBe(mine)
  })
})

test('two working trees of one commit with a branch each end on one commit', async () => {
  workspace = await Workspace.with({ spec })
  const other = await workspace.worktree('other', 'feature')
  const first = await workspace.conduct()
  const second = await other.conduct()
  expect([...first.failures, ...second.failures], `${first.text}\n${second.text}`).toEqual([])
  expect(second.agents).toEqual([])
  expect(await tip('feature')).toBe(await tip('main'))
  expect(await other.read('phase-1.txt')).toBe('phase 1\n')
})

test('two working trees that conduct at once share the work, and both branches end on one commit', async () => {
  workspace = await Workspace.with({ spec })
  const other = await workspace.worktree('other', 'feature')
  const [first, second] = await Promise.all([workspace.conduct(), other.conduct()])
  expect([...first.failures, ...second.failures], `${first.text}\n=====\n${second.text}`).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
  expect(await tip('feature')).toBe(await tip('main'))
})

test('what the user committed between two runs stays, whichever terminal the second run starts in', async () => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a', 'Test Command: test -f phase-1.txt'], ['Two', '- b']),
  })
  const first = await workspace.conduct({
    before: {
      async '2/worktrees'() {
        await workspace.commit({ 'mine.txt': 'mine\n' })
        const second = await workspace.conduct()
        expect(second.failures, second.text).toEqual([])
      },
    },
  })
  expect(first.failures, first.text).toEqual([])
  expect(await workspace.git('ls-tree', '--name-only', 'main', 'mine.txt', 'phase-1.txt', 'phase-2.txt')).toBe(
    'mine.txt\nphase-1.txt\nphase-2.txt',
  )
  expect(await workspace.git('status', '--porcelain')).toBe('')
})

test('runs of two branches do not mix their histories', async () => {
  workspace = await Workspace.with({ spec })
  expect((await workspace.conduct({ only: (id) => id.startsWith('1/') })).failures).toEqual([])
  await workspace.git('checkout', '--quiet', '-b', 'feature')
  await workspace.commit({ 'feature.txt': 'mine\n' })
  const feature = await workspace.conduct()
  expect(feature.failures, feature.text).toEqual([])
  await workspace.git('checkout', '--quiet', 'main')
  const main = await workspace.conduct()
  expect(main.failures, main.text).toEqual([])
  expect([...feature.agents, ...main.agents]).toEqual([])
  expect(await workspace.git('ls-tree', '--name-only', 'main', 'feature.txt')).toBe('')
  expect(await show('feature', 'phase-1.txt')).toBe('phase 1')
  expect(await show('main', 'phase-1.txt')).toBe('phase 1')
})
