import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { forecast, forecastText, handIn, redo } from '../src/index.ts'
import * as red from './rig/red-workspace.ts'
import { specWith } from './rig/spec.ts'
import type { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const good = 'Test Command: grep -q good phase-1.txt'

async function redWorkspace(spec?: string): Promise<string> {
  const made = await red.redWorkspace(spec)
  workspace = made.workspace
  return made.worktree
}

const handingIn = (phase: string, from?: string) => red.handingIn(workspace, phase, from)

describe('what a person fixes', () => {
  test('in the worktree that a failed phase left completes the phase, and the run goes on from it without an agent for it', async () => {
    const worktree = await redWorkspace()
    await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
    await writeFile(join(worktree, 'more.txt'), 'of mine\n')
    const head = await workspace.git('rev-parse', 'HEAD')
    const work = await handingIn('1')
    expect(work).toMatchObject({ from: worktree, changed: ['more.txt', 'phase-1.txt'], end: { kind: 'complete' } })
    expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)
    expect(await readFile(join(worktree, 'phase-1.txt'), 'utf8')).toBe('good\n')
    const found = await forecast(await workspace.open())
    expect(found.phases.map(({ verdict }) => verdict)).toEqual(['adopt', 'run'])
    expect(forecastText('spec', found)).toContain('a person handed it in')

    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
    expect(run.text).toContain('what was handed in')
    expect(await workspace.read('more.txt')).toBe('of mine\n')
    expect(await workspace.read('phase-1.txt')).toBe('good\n')
  })

  test('on a branch is taken from there, on the base of the phase, and without its changes of the spec', async () => {
    await redWorkspace()
    await workspace.git('switch', '--quiet', '--create', 'mine')
    await workspace.commit({ 'phase-1.txt': 'good\n', '.spec/SPEC.md': `${red.twoPhases}\nMore.\n` })
    await workspace.git('switch', '--quiet', 'main')
    await workspace.commit({ 'other.txt': 'of somebody else\n' })
    const work = await handingIn('phase-1', 'mine')
    expect(work).toMatchObject({ changed: ['phase-1.txt'], leftOut: ['.spec/SPEC.md'], end: { kind: 'complete' } })

    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
    expect(await workspace.read('other.txt')).toBe('of somebody else\n')
    expect(await workspace.read('.spec/SPEC.md')).toBe(red.twoPhases)
  })

  test('and is red yet is what the fixing agent goes on from', async () => {
    const worktree = await redWorkspace(specWith('rounds: 1', ['One', '- a', good]))
    await writeFile(join(worktree, 'phase-1.txt'), 'nearly\n')
    const work = await handingIn('1')
    if (work.end.kind !== 'red') throw new Error(work.end.kind)
    expect(work.end.failed.map(({ gate }) => gate)).toEqual(['test'])
    await workspace.agents.play({ 'fix 1': 'grep -q nearly phase-1.txt && echo good > phase-1.txt' })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['fix 1'])
  })

  test('counts when the process that took it was killed before it had checked it', async () => {
    const worktree = await redWorkspace()
    await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
    const context = await workspace.open()
    const append = context.log.append.bind(context.log)
    context.log.append = (request) => {
      if (request.body.type === 'evidence.recorded') throw new Error('killed here')
      return append(request)
    }
    await expect(handIn(context, { phase: '1' })).rejects.toThrow('killed here')
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    expect(run.agents).toEqual(['implement 2 two'])
  })

  test('no longer counts once the phase is redone', async () => {
    const worktree = await redWorkspace()
    await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
    await handingIn('1')
    await redo(await workspace.open(), '1')
    const run = await workspace.conduct()
    expect(run.agents).toEqual(['implement 1 one'])
    expect(run.failures).toMatchObject([{ id: '1/test' }])
  })

  test('and commits in the worktree, on no branch, is taken, and is not lost before', async () => {
    const worktree = await redWorkspace()
    await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
    await workspace.git('-C', worktree, 'commit', '--quiet', '--all', '--message', 'Fixed')
    await workspace.disown()
    const run = await workspace.conduct()
    expect(run.notices).toContain('not-handed-in')
    expect(await handingIn('1', worktree)).toMatchObject({ changed: ['phase-1.txt'], end: { kind: 'complete' } })
  })

  test('and does not hand in stays where it is, and the next run says so', async () => {
    const worktree = await redWorkspace()
    await writeFile(join(worktree, 'phase-1.txt'), 'good\n')
    await workspace.disown()
    const run = await workspace.conduct()
    expect(run.failures).toMatchObject([{ id: '1/test' }])
    expect(run.notices.filter((code) => code === 'not-handed-in')).toHaveLength(1)
    expect(run.text).toContain(`npx nx run spec:hand-in --phase=1 --from=${worktree}`)
    expect(await readFile(join(worktree, 'phase-1.txt'), 'utf8')).toBe('good\n')
    expect(await handingIn('1', worktree)).toMatchObject({ end: { kind: 'complete' } })
    // Handed in and complete, it is not needed any more.
    const last = await workspace.conduct()
    expect(last.failures, last.text).toEqual([])
    expect(last.notices).not.toContain('not-handed-in')
    expect(existsSync(worktree)).toBe(false)
    expect(await workspace.refs('refs/conduct/spec/saved')).toEqual([])
  })
})

test('a left worktree that git cannot read stops no run, and is kept', async () => {
  const worktree = await redWorkspace()
  await writeFile(join(workspace.top, '.git/worktrees', basename(worktree), 'HEAD'), `${'f'.repeat(40)}\n`)
  await workspace.disown()
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([{ id: '1/test' }])
  expect(run.text).toMatch(/cannot be removed/)
  expect(existsSync(worktree)).toBe(true)
})

test('one that no longer merges is said, and nothing is built in its place', async () => {
  const worktree = await redWorkspace()
  await writeFile(join(worktree, 'phase-1.txt'), 'nearly\n')
  await handingIn('1')
  await workspace.commit({ 'phase-1.txt': 'of somebody else\n' })
  const run = await workspace.conduct()
  expect(run.agents).toEqual([])
  expect(run.failures[0]).toMatchObject({ reason: 'does-not-merge' })
  expect(run.failures[0]?.hint).toContain('hand-in --phase=1 --from=handed-in')
})
