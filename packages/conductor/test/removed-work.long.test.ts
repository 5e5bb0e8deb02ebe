import { afterEach, describe, expect, test } from 'vitest'
import { summarise, summaryText } from '../src/index.ts'
import { collidingNames } from '../src/merge/colliding-names.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

describe('work of an earlier phase that a module', () => {
  const two = (modules = '') => specOf(['One', '- a'], ['Two', '- b', ...(modules === '' ? [] : [modules])])
  const conduct = async (spec: string, agents: Readonly<Record<string, string>>) => {
    workspace = await Workspace.with({
      spec,
      files: { 'old.txt': 'old\n' },
      agents: { 'implement 1': 'echo made > made.txt; echo new > old.txt', ...agents },
    })
    const run = await workspace.conduct()
    expect(run.failures, run.text).toEqual([])
    const { plan, log } = await workspace.open()
    const state = await log.state()
    const summary = summarise(plan, state, Object.keys(state.runs).at(-1))
    return { run, summary: summaryText(summary, { sandbox: 'none', next: [] }) }
  }

  test('deletes or puts back is named before the merge, in the step and in the summary', async () => {
    const { run, summary } = await conduct(two('Modules: a, b'), {
      'implement 2 a': 'rm made.txt',
      'implement 2 b': 'echo old > old.txt',
    })
    expect(run.notices.filter((code) => code === 'work-removed')).toHaveLength(2)
    const said = 'module a removes work of phase 1: made.txt, module b removes work of phase 1: old.txt'
    expect(run.outcomes.get('2/integrate')).toMatchObject({ summary: `2 modules merged, ${said}` })
    expect(summary).toContain('phase 2: module a removes work of phase 1: made.txt')
  })

  test('deletes is named also where the phase has no modules', async () => {
    const { run } = await conduct(two(), { 'implement 2': 'rm made.txt' })
    expect(run.text).toContain('the phase removes work of phase 1: made.txt')
  })

  test('moves, edits, or alone owns is not named', async () => {
    const { run, summary } = await conduct(two('Modules: a (made.txt), b'), {
      'implement 2 a': 'rm made.txt',
      'implement 2 b': 'mkdir d; mv old.txt d; echo more >> d/old.txt',
    })
    expect(run.notices).not.toContain('work-removed')
    expect(summary).not.toContain('earlier phases')
  })

  test('deletes although others own it, too, is named', async () => {
    const { run } = await conduct(two('Modules: a (made.txt), b (made.txt, b/**)'), {
      'implement 2 a': 'rm made.txt',
    })
    expect(run.notices).toContain('work-removed')
  })

  test('deletes is not named where it was there before the run', async () => {
    const { run } = await conduct(specOf(['One', '- a'], ['Two', '- b']), {
      'implement 1': 'echo made > made.txt',
      'implement 2': 'rm old.txt',
    })
    expect(run.notices).not.toContain('work-removed')
  })
})

test('names that some systems cannot tell apart are found where one of them is new', () => {
  expect(collidingNames(['a.txt'], ['A.txt', 'a.txt', 'b.txt'])).toEqual([['A.txt', 'a.txt']])
  expect(collidingNames(['A.txt', 'a.txt'], ['A.txt', 'a.txt', 'b.txt'])).toEqual([])
  expect(collidingNames([], ['d/caf\u00e9', 'd/cafe\u0301'])).toHaveLength(1)
})
