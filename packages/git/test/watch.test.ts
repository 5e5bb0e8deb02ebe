import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  changedRefs,
  changedSettings,
  headMovesSince,
  LinkedCheckout,
  listWorktrees,
  processIdentity,
  RefReader,
  type Repository,
  refsBelow,
  SettingsReader,
} from '../src/index.ts'
import { parseHeadMoves } from '../src/watch/head-moves.ts'
import { commitAll, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

/** What git says that all refs hold. */
function asked({ root }: Repository): Record<string, string> {
  const lines = sh(root, 'for-each-ref', '--format=%(refname) %(objectname) %(symref)').split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [ref = '', oid = '', symref = ''] = line.split(' ')
      return [ref, symref === '' ? oid : `ref: ${symref}`]
    }),
  )
}

describe('refs that are read again and again', () => {
  it('are always those that git sees, however often and however fast they change', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    const first = sh(repo.root, 'rev-parse', 'HEAD')
    const second = commitAll(repo.root, 'Second')
    const reader = new RefReader(repo)
    let before = await reader.read()
    const steps: (readonly string[])[] = [
      ['branch', 'one'],
      ['branch', 'deep/er/two', first],
      ['branch', '-f', 'one', first],
      ['branch', '-f', 'one', second],
      ['tag', '-a', '-m', 'Tag', 'v1'],
      ['pack-refs', '--all', '--prune'],
      ['branch', '-f', 'one', first],
      ['branch', '-D', 'deep/er/two'],
      ['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/heads/main'],
      ['pack-refs', '--all', '--prune'],
      ['update-ref', '-d', 'refs/tags/v1'],
      ['branch', '-m', 'one', 'uno'],
    ]
    for (const step of steps) {
      const was = asked(repo)
      sh(repo.root, ...step)
      const now = await reader.read()
      expect(Object.fromEntries(refsBelow(now, 'refs/')), step.join(' ')).toEqual(asked(repo))
      const is = asked(repo)
      const differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((ref) => was[ref] !== is[ref])
      expect(changedRefs(before, now).map(({ ref }) => ref)).toEqual(differing.sort())
      before = now
    }
  })

  it('that were written in place, without git, are seen as well', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    const first = sh(repo.root, 'rev-parse', 'HEAD')
    const second = commitAll(repo.root, 'Second')
    const reader = new RefReader(repo)
    // Read until everything has settled and is remembered.
    let before = await reader.read()
    await expect
      .poll(async () => (await reader.read()).loose.get('refs/heads') === before.loose.get('refs/heads'))
      .toBe(true)
    before = await reader.read()
    writeFileSync(join(repo.commonDir, 'refs/heads/main'), `${first}\n`)
    expect(changedRefs(before, await reader.read())).toEqual([{ ref: 'refs/heads/main', before: second, after: first }])
  })

  it('that do not change are the same objects, so that a comparison costs nothing', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    sh(repo.root, 'branch', 'packed')
    sh(repo.root, 'pack-refs', '--all')
    sh(repo.root, 'branch', 'loose')
    const reader = new RefReader(repo)
    const [one, two] = [await reader.read(), await reader.read()]
    expect(two.packed).toBe(one.packed)
    expect(two.loose.get('refs/heads')).toBe(one.loose.get('refs/heads'))
  })

  it('are asked of git where they are no files', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    sh(repo.root, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/heads/main')
    write(repo.commonDir, { 'reftable/tables.list': '' })
    const read = await new RefReader(repo).read()
    expect(read.loose.size).toBe(0)
    expect(Object.fromEntries(read.packed)).toEqual(asked(repo))
  })
})

it('settings, hooks and rules that change are named, also behind a link', async () => {
  const repo = await repositoryWith({ 'a.txt': 'a' })
  const outside = join(temporaryDirectory(), 'hook')
  writeFileSync(outside, 'one')
  rmSync(join(repo.commonDir, 'hooks'), { recursive: true, force: true })
  write(repo.commonDir, { 'hooks/.keep': '' })
  symlinkSync(outside, join(repo.commonDir, 'hooks/pre-commit'))
  const reader = new SettingsReader(repo)
  const before = reader.read()
  expect(changedSettings(before, reader.read())).toEqual([])
  sh(repo.root, 'config', 'core.fsmonitor', 'x')
  writeFileSync(outside, 'two')
  expect(changedSettings(before, reader.read())).toEqual(['config', 'hooks/pre-commit'])
})

describe('the reflog of a worktree', () => {
  it('tells the commits that were made there and the branches that it was on, and nothing of others', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    const base = sh(repo.root, 'rev-parse', 'HEAD')
    sh(repo.root, 'branch', 'theirs')
    const at = join(temporaryDirectory(), 'linked')
    const checkout = await LinkedCheckout.create(repo, {
      commit: base,
      owner: { run: 'r', ...processIdentity() },
      top: at,
      state: `${at}.state`,
    })
    const persons = commitAll(repo.root, 'Of a person')
    const mine = commitAll(at, 'Detached')
    sh(at, 'checkout', '-q', '-b', 'own')
    const onBranch = commitAll(at, 'On a branch')
    sh(at, 'checkout', '-q', 'theirs')
    sh(at, 'merge', '-q', '--ff-only', persons)
    sh(at, 'checkout', '-q', '--detach', persons)
    const { made, branches } = await headMovesSince(checkout.adminDir, 0)
    expect([...made]).toEqual([mine, onBranch])
    expect([...(branches.get('own') ?? [])]).toEqual([mine, onBranch])
    expect([...(branches.get('theirs') ?? [])]).toEqual([persons])
    await checkout.remove()
  })

  it('is read as it is, whatever somebody wrote into it', () => {
    expect(parseHeadMoves('\n\0 nonsense\n0000 1111\tcommit: short\n')).toEqual({
      made: new Set(),
      branches: new Map(),
    })
  })
})

describe('the registration of a checkout', () => {
  const linked = async (repo: Repository) => {
    const top = join(temporaryDirectory(), 'linked')
    const owner = { run: 'r', ...processIdentity() }
    return LinkedCheckout.create(repo, {
      commit: sh(repo.root, 'rev-parse', 'HEAD'),
      owner,
      top,
      state: `${top}.state`,
    })
  }

  it.each([
    ['unlocked', (root: string, top: string) => sh(root, 'worktree', 'unlock', top), 'it was unlocked'],
    [
      'removed',
      (root: string) => rmSync(join(root, '.git/worktrees'), { recursive: true }),
      'its registration was removed',
    ],
    [
      'pointed at another repository',
      (root: string, top: string) =>
        writeFileSync(join(sh(top, 'rev-parse', '--git-dir'), 'commondir'), `${root}/elsewhere\n`),
      'it led to another repository',
    ],
  ])('that was %s is what it was, with its files and what was changed in them', async (_, damage, why) => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    const checkout = await linked(repo)
    const before = (await listWorktrees(repo)).find(({ path }) => path === checkout.top)
    writeFileSync(join(checkout.top, 'a.txt'), 'changed')
    damage(repo.root, checkout.top)
    expect(await checkout.restore()).toEqual([why])
    expect(await checkout.restore()).toEqual([])
    expect((await listWorktrees(repo)).find(({ path }) => path === checkout.top)).toEqual(before)
    expect(sh(checkout.top, 'status', '--porcelain')).toBe(' M a.txt')
    await checkout.remove()
  })

  it('is not made for a folder that is no longer its worktree', async () => {
    const repo = await repositoryWith({ 'a.txt': 'a' })
    const checkout = await linked(repo)
    rmSync(join(repo.commonDir, 'worktrees'), { recursive: true })
    rmSync(join(checkout.top, '.git'))
    expect(await checkout.restore()).toEqual([])
    expect(await listWorktrees(repo)).toHaveLength(1)
  })
})
