import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { advanceBranch, branchUses, isReachable } from '../src/index.ts'
import { commitAll, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

async function commits() {
  const repo = await repositoryWith({ 'a.txt': '1\n' })
  const first = sh(repo.root, 'rev-parse', 'HEAD')
  for (const text of ['2\n', '3\n', '4\n']) {
    write(repo.root, { 'a.txt': text })
    commitAll(repo.root, text.trim())
  }
  sh(repo.root, 'branch', 'topic')
  const linked = join(temporaryDirectory(), 'linked')
  return { repo, first, linked }
}

describe('branchUses', () => {
  it('knows the main checkout, from a linked worktree, too, and no other branch', async () => {
    const { repo, linked } = await commits()
    sh(repo.root, 'worktree', 'add', '-q', linked, 'topic')
    expect(await branchUses(repo, 'main')).toEqual([{ kind: 'checked-out', where: repo.root }])
    expect(await branchUses(repo, 'topic')).toEqual([{ kind: 'checked-out', where: linked }])
    expect(await branchUses(repo, 'top')).toEqual([])
  })

  it.each(['main checkout', 'linked worktree'])(
    'knows a rebase, a bisect and branches that a rebase moves, in the %s',
    async (where) => {
      const { repo, first, linked } = await commits()
      const isLinked = where === 'linked worktree'
      if (isLinked) sh(repo.root, 'worktree', 'add', '-q', linked, 'topic')
      else sh(repo.root, 'checkout', '-q', 'topic')
      const place = isLinked ? linked : repo.root
      const name = isLinked ? linked : repo.commonDir
      sh(place, 'bisect', 'start', 'HEAD', first)
      expect(await branchUses(repo, 'topic')).toEqual([{ kind: 'bisect', where: name }])
      expect(() => sh(repo.root, 'branch', '-D', 'topic')).toThrow(/bisect|checked out|used by/i)
      sh(place, 'bisect', 'reset')

      sh(place, 'branch', 'stacked', 'topic~1')
      sh(place, '-c', 'sequence.editor=sed -i 1ibreak', 'rebase', '-q', '-i', '--force-rebase', '--update-refs', first)
      expect(await branchUses(repo, 'topic')).toEqual([{ kind: 'rebase', where: name }])
      expect(await branchUses(repo, 'stacked')).toEqual([{ kind: 'rebase', where: name }])
      sh(place, 'rebase', '--abort')
      expect((await branchUses(repo, 'topic')).map(({ kind }) => kind)).toEqual(['checked-out'])
      expect(await branchUses(repo, 'stacked')).toEqual([])
    },
  )

  it('keeps a branch from being advanced in the middle of a bisect on it', async () => {
    const { repo, first } = await commits()
    const to = sh(repo.root, 'rev-parse', 'main')
    sh(repo.root, 'branch', '-f', 'topic', 'main~1')
    sh(repo.root, 'checkout', '-q', 'topic')
    sh(repo.root, 'bisect', 'start', 'HEAD', first)
    const outcome = await advanceBranch(repo, { branch: 'topic', from: sh(repo.root, 'rev-parse', 'topic'), to })
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'operation-in-progress' })
  })
})

describe('isReachable', () => {
  it('counts refs, not the HEAD of a worktree', async () => {
    const { repo, first, linked } = await commits()
    expect(await isReachable(repo, first)).toBe(true)
    sh(repo.root, 'worktree', 'add', '-q', '--detach', linked)
    write(linked, { 'b.txt': 'mine\n' })
    const mine = commitAll(linked, 'Mine')
    expect(await isReachable(repo, mine)).toBe(false)
    sh(repo.root, 'update-ref', 'refs/keep/mine', mine)
    expect(await isReachable(repo, mine)).toBe(true)
  })
})
