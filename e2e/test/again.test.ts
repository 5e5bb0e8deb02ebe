import { afterEach, describe, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace
afterEach(() => workspace.remove())

async function built(): Promise<void> {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
  const run = await workspace.nx(conduct)
  expect(run.exitCode, run.output).toBe(0)
}

const bought = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.includes('▸ implementation-executor'))
    .map((line) => /phase (\d)/.exec(line)?.[1])
    .sort()

describe('what is built stays built', () => {
  test('through a squash merge onto another branch', async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
    await workspace.git('checkout', '--quiet', '-b', 'work')
    expect((await workspace.nx(conduct)).exitCode).toBe(0)
    await workspace.git('checkout', '--quiet', 'main')
    await workspace.git('merge', '--quiet', '--squash', 'work')
    await workspace.git('commit', '--quiet', '--message', 'All at once')
    const again = await workspace.nx(conduct)
    expect(again.output).toContain('Everything is satisfied')
  })

  test('when phases are inserted and renumbered: only the new one is bought', async () => {
    await built()
    const spec = smallSpec()
      .replace('### Phase 4: Program', '### Phase 5: Program')
      .replace('Depends On: Phase 2, Phase 3', 'Depends On: Phase 2, Phase 3, Phase 4')
      .replace(
        '### Phase 5: Program',
        '### Phase 4: Signs\n- Say a number in signs\nDepends On: Phase 1\nTest Command: test -f signs.mjs\n\n### Phase 5: Program',
      )
    await workspace.write('.spec/SPEC.md', spec)
    await workspace.git('commit', '--quiet', '--all', '--message', 'Insert a phase')
    const plan = await workspace.nx(['run', 'spec:plan'])
    expect(plan.output, plan.output).toContain('1 of 5 phases would be bought: 4.')
  })

  test('until a phase is reverted: then its earlier result is adopted and proven again, and nothing is bought', async () => {
    await built()
    const commit = await workspace.git('log', '--format=%H', '--grep=Conduct-Phase: 4')
    await workspace.git('revert', '--no-edit', commit)
    await workspace.write('notes.txt', 'of mine\n')
    await workspace.git('add', 'notes.txt')
    await workspace.git('commit', '--quiet', '--message', 'Something else')
    const plan = await workspace.nx(['run', 'spec:plan'])
    expect(plan.output).toMatch(/phase 4\s+Program\s+adopt/)
    const again = await workspace.nx(conduct)
    expect(again.exitCode, again.output).toBe(0)
    expect(bought(again.output)).toEqual([])
    expect(await workspace.read('main.mjs')).toContain('words')
    expect(await workspace.read('notes.txt')).toBe('of mine\n')
  })
})

describe('what is deliberately done again', () => {
  test('is refused once it is merged, and the git revert is printed', async () => {
    await built()
    const redo = await workspace.nx(['run', 'spec:redo', '--phase=2'])
    expect(redo.exitCode).not.toBe(0)
    expect(redo.output).toMatch(/main holds phase 2, phase 4 already/)
    expect(redo.output).toMatch(/git revert --no-edit [0-9a-f]{12} [0-9a-f]{12}/)
  })

  test('is bought again, with all that stands on it, and what was there is kept under a ref', async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ phase2StaysRed: true }) })
    expect((await workspace.nx(conduct)).exitCode).not.toBe(0)
    const rollback = await workspace.nx(['run', 'spec:rollback', '--to=phase-1'])
    expect(rollback.exitCode, rollback.output).toBe(0)
    expect(rollback.output).toContain(
      'Built again with the next run: phase 2 (Sums), phase 3 (Words), phase 4 (Program).',
    )
    expect(rollback.output).toMatch(/What phase 3 was is kept: refs\/conduct\/spec\/archive\/3-([0-9a-f]{12}) at \1/)
    const again = await workspace.nx(conduct)
    expect(bought(again.output)).toEqual(['2', '2', '3'])
    expect(again.output).not.toContain('(bought before)')
  })

  test('clean removes what a failed run left, keeps what is unmerged, and names where it went when forced', async () => {
    workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore({ phase2StaysRed: true }) })
    expect((await workspace.nx(conduct)).exitCode).not.toBe(0)
    const kept = await workspace.nx(['run', 'spec:clean'])
    expect(kept.exitCode, kept.output).toBe(0)
    expect(kept.output).toMatch(/removed {2}\S+2-failed/)
    expect(kept.output).toMatch(/kept {5}refs\/conduct\/spec\/checkpoint\/3: [0-9a-f]{7} is not merged/)
    expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
    const forced = await workspace.nx(['run', 'spec:clean', '--force'])
    const ref = /removed {2}refs\/conduct\/spec\/checkpoint\/3, kept as (\S+)/.exec(forced.output)?.[1] ?? ''
    await workspace.git('gc', '--quiet', '--prune=now')
    expect(await workspace.git('show', `${ref}:words/words.mjs`)).toContain('three')
  })
})
