import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Ended } from './rig/conductor.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const one = specOf(['One', '- a', 'Test Command: test -f phase-1.txt'])
const two = specOf(['One', '- a'], ['Two', '- b', 'Test Command: test -f phase-2.txt'])
const work = 'echo 1 > phase-1.txt'
const commit = `echo x > x.txt; git add x.txt; git -c user.name=Agent -c user.email=agent@example.com commit -q -m Work`

const linesWith = (run: Ended, text: string) => run.text.split('\n').filter((line) => line.includes(text))

/** What an agent did is an error with the command that undoes it; after that the work counts, and no agent runs again. */
async function isRefusedOnce(named: string, undone: () => Promise<unknown>): Promise<void> {
  const run = await workspace.conduct()
  expect(run.failures, run.text).toMatchObject([
    { id: '1/implement/one', reason: 'repository-changed', message: expect.stringContaining(named) },
  ])
  const command = /Undo it with: (.*) – then run/.exec(run.failures[0]?.hint ?? '')?.[1] ?? ''
  await workspace.shell(command)
  await undone()
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual([])
  expect(await workspace.agents.sessions()).toEqual(['implement 1'])
}

describe("a ref of the user's", () => {
  test('that an agent moved with git branch -f is an error with the command that puts it back', async () => {
    workspace = await Workspace.with({
      spec: one,
      agents: { implement: `${commit}; git branch -f mine HEAD; ${work}` },
    })
    await workspace.git('branch', 'mine')
    const before = await workspace.git('rev-parse', 'mine')
    await isRefusedOnce('branch mine', async () => {
      expect(await workspace.git('rev-parse', 'mine')).toBe(before)
    })
  })

  test('that an agent made on a branch of its own is an error with the command that removes it', async () => {
    workspace = await Workspace.with({
      spec: one,
      agents: { implement: `git checkout -q -b feature; ${commit}; ${work}` },
    })
    await isRefusedOnce('branch feature', async () => {
      expect(await workspace.refs('refs/heads')).toEqual(['refs/heads/main'])
    })
  })

  test('that is a tag on a commit of the agent is an error', async () => {
    workspace = await Workspace.with({ spec: one, agents: { implement: `${commit}; git tag v1; ${work}` } })
    await isRefusedOnce('tag v1', async () => {
      expect(await workspace.refs('refs/tags')).toEqual([])
    })
  })

  test('that is a stash of the agent is an error, and its command leaves the stash of the user', async () => {
    workspace = await Workspace.with({ spec: one, files: { 'a.txt': 'a\n' } })
    const identity = '-c user.name=Agent -c user.email=agent@example.com'
    await workspace.agents.play({ implement: `echo b > a.txt; git ${identity} stash -q; ${work}` })
    await workspace.write({ 'a.txt': 'mine\n' })
    await workspace.git('stash')
    const before = await workspace.git('rev-parse', 'stash@{0}')
    await isRefusedOnce('the stash', async () => {
      expect(await workspace.git('stash', 'list', '--format=%H')).toBe(before)
    })
  })

  test('stays out of it where an agent commits, stashes and pops on its detached HEAD', async () => {
    workspace = await Workspace.with({
      spec: one,
      agents: { implement: `${commit}; echo y > x.txt; git stash -q; git stash pop -q; ${work}` },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toEqual([])
    expect(await workspace.read('x.txt')).toBe('y\n')
  })

  test('that a person changes in mid-run is named in one line, and nothing else happens', async () => {
    workspace = await Workspace.with({ spec: one, files: { 'a.txt': 'a\n' } })
    const remote = await workspace.share()
    // As in another terminal, while the agent works: a commit, a stash, a branch, a tag, a fetch.
    const person = [
      `cd '${workspace.top}'`,
      'echo c > c.txt; git add c.txt; git commit -q -m Mine',
      'echo mine > a.txt; git stash -q',
      'git branch mine; git tag mine',
      `git clone -q '${remote}' ../other; cd ../other; git config user.name O; git config user.email o@example.com`,
      `for n in 1 2 3 4 5; do git checkout -q -b "their-$n"; git commit -q --allow-empty -m "$n"; git push -q origin "their-$n"; done`,
      `cd '${workspace.top}'; git fetch -q`,
    ].join('\n')
    await workspace.agents.play({ implement: `( ${person} )\n${work}` })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices.filter((code) => code.startsWith('repository-'))).toEqual(['repository-refs-changed'])
    const said = linesWith(run, 'if that was not you')
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/branch main, branch mine, .* and \d+ more changed/)
    expect(await workspace.git('stash', 'list')).toContain('WIP on main')
  })

  test('that a command of a gate changes by its path is named', async () => {
    workspace = await Workspace.with({ spec: one })
    const command = `git -C '${workspace.top}' tag gate`
    await workspace.commit({ '.spec/SPEC.md': one.replace('test -f phase-1.txt', `${command}; test -f phase-1.txt`) })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(linesWith(run, 'tag gate changed')).toHaveLength(1)
  })
})

describe('what belongs to the run', () => {
  const checkpoint = 'refs/conduct/spec/checkpoint/1'

  test.each([
    ['deletes', `git update-ref -d ${checkpoint}`],
    ['moves', `git update-ref ${checkpoint} main`],
  ])('is put back where an agent %s a checkpoint', async (_, command) => {
    workspace = await Workspace.with({ spec: two, agents: { 'implement 2': `${command}; echo 2 > phase-2.txt` } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(linesWith(run, `${checkpoint} (it was`)).toHaveLength(1)
    const accepted = Object.values((await (await workspace.open()).log.state()).runs)[0]?.complete['1']?.commit
    expect(await workspace.git('rev-parse', checkpoint)).toBe(accepted)
  })

  test('is removed where an agent makes a checkpoint of a commit that nobody accepted', async () => {
    const forged = 'refs/conduct/spec/checkpoint/9'
    workspace = await Workspace.with({ spec: one, agents: { implement: `git update-ref ${forged} HEAD; ${work}` } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('repository-restored')
    expect(await workspace.refs(forged)).toEqual([])
  })

  test.each([
    ['unlocks its worktree', 'git worktree unlock "$PWD"', 'it was unlocked'],
    [
      'removes the registrations of all worktrees',
      'rm -rf "$(git rev-parse --git-common-dir)/worktrees"',
      'registration',
    ],
    [
      'points its registration elsewhere',
      'echo /nowhere/.git > "$(git rev-parse --git-dir)/gitdir"',
      'its path was changed',
    ],
  ])('is put back where an agent %s, and its work counts', async (_, command, why) => {
    workspace = await Workspace.with({ spec: one, agents: { implement: `${command}; ${work}` } })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).toContain('repository-restored')
    expect(run.text).toContain(why)
    expect(await workspace.read('phase-1.txt')).toBe('1\n')
    expect(await readdir(join(workspace.top, '.git/worktrees')).catch(() => [])).toEqual([])
  })

  test('is not fought over: what clean --force does while an agent works stays', async () => {
    workspace = await Workspace.with({
      spec: two,
      agents: { 'implement 2': 'while ! test -e ../go; do sleep 0.05; done; echo 2 > phase-2.txt' },
    })
    const folder = (await workspace.open()).checkouts.folder
    const running = workspace.start()
    await running.until((said) => said.type === 'agent-started' && said.place.phase === '2')
    const { clean } = await import('../src/index.ts')
    await expect.poll(() => workspace.refs(checkpoint)).toHaveLength(1)
    const cleaned = await clean(await workspace.open(), { force: true })
    expect(cleaned).toContainEqual(expect.objectContaining({ kind: 'removed', what: checkpoint }))
    await workspace.shell(`touch '${folder}/go'`)
    const run = await running.ended
    await rm(join(folder, 'go'))
    expect(run.failures, run.text).toEqual([])
    expect(run.notices).not.toContain('repository-restored')
  })
})
