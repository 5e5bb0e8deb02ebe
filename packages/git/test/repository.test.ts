import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { dirtyPaths, openRepository, readHead } from '../src/index.ts'
import { commitAll, fingerprint, opened, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

describe('openRepository', () => {
  it('finds the top of the working tree from a folder inside it', async () => {
    const repo = await repositoryWith({ 'a/b/file.txt': 'x' })
    const inner = await opened(join(repo.root, 'a', 'b'))
    expect(inner).toEqual(repo)
    expect(repo.gitDir).toBe(join(repo.root, '.git'))
    expect(repo.commonDir).toBe(repo.gitDir)
  })

  it('tells a linked worktree from the main one', async () => {
    const repo = await repositoryWith({ 'file.txt': 'x' })
    const linked = join(temporaryDirectory(), 'linked tree\nwith a newline')
    sh(repo.root, 'worktree', 'add', '-q', '-b', 'side', linked)
    const side = await opened(linked)
    expect(side.root).toBe(realpathSync(linked))
    expect(side.commonDir).toBe(repo.commonDir)
    expect(side.gitDir.startsWith(join(repo.commonDir, 'worktrees'))).toBe(true)
    expect((await readHead(side)).branch).toBe('side')
    expect((await readHead(repo)).branch).toBe('main')
  })

  it('says what is missing and the next command', async () => {
    const nowhere = temporaryDirectory()
    const empty = temporaryDirectory()
    sh(empty, 'init', '-q')
    const bare = temporaryDirectory()
    sh(bare, 'init', '-q', '--bare')
    const outcomes = await Promise.all([nowhere, empty, bare, join(nowhere, 'missing')].map(openRepository))
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'not-a-repository',
      'no-commit',
      'bare',
      'not-a-repository',
    ])
    for (const outcome of outcomes) expect(outcome.kind !== 'repository' && outcome.hint !== '').toBe(true)
  })

  it('says that git is missing where it is', async () => {
    const empty = temporaryDirectory()
    vi.stubEnv('PATH', empty)
    try {
      expect((await openRepository(empty)).kind).toBe('no-git-program')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('is not led astray by GIT_* variables of a calling hook', async () => {
    const repo = await repositoryWith({ 'file.txt': 'x' })
    const other = await repositoryWith({ 'other.txt': 'x' })
    vi.stubEnv('GIT_DIR', other.gitDir)
    vi.stubEnv('GIT_INDEX_FILE', join(other.gitDir, 'index'))
    try {
      expect(await opened(repo.root)).toEqual(repo)
      expect((await readHead(repo)).commit).toBe(sh(repo.root, 'rev-parse', 'HEAD'))
      expect(await dirtyPaths(repo)).toEqual({ tracked: [], untracked: [] })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('works in a SHA-256 repository', async () => {
    const repo = await repositoryWith({ 'file.txt': 'x' }, '--object-format=sha256')
    expect((await readHead(repo)).tree).toHaveLength(64)
  })
})

describe('readHead', () => {
  it('names commit, tree and branch, and no branch when detached', async () => {
    const repo = await repositoryWith({ 'file.txt': 'x' })
    sh(repo.root, 'tag', 'main')
    const head = { commit: sh(repo.root, 'rev-parse', 'HEAD'), tree: sh(repo.root, 'rev-parse', 'HEAD^{tree}') }
    expect(await readHead(repo)).toEqual({ ...head, branch: 'main' })
    sh(repo.root, 'checkout', '-q', '--detach')
    expect(await readHead(repo)).toEqual(head)
  })
})

describe('dirtyPaths', () => {
  it('lists tracked and untracked paths of any name, and writes nothing', async () => {
    const repo = await repositoryWith({
      'changed.txt': '1',
      'gone.txt': '1',
      'staged.txt': '1',
      '.gitignore': 'ignored\n',
    })
    write(repo.root, { 'changed.txt': '2', 'staged.txt': '2', ignored: 'x', '-new\n"ü".txt': 'x', 'folder/inner': 'x' })
    sh(repo.root, 'add', 'staged.txt')
    sh(repo.root, 'rm', '-q', 'gone.txt')
    const before = fingerprint(repo.root)
    expect(await dirtyPaths(repo)).toEqual({
      tracked: ['changed.txt', 'gone.txt', 'staged.txt'],
      untracked: ['-new\n"ü".txt', 'folder/inner'],
    })
    expect(fingerprint(repo.root)).toEqual(before)
  })

  it('sees a working tree whose only change is a mode or a nested folder', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    mkdirSync(join(repo.root, 'empty'))
    sh(repo.root, 'update-index', '--chmod=+x', 'a.txt')
    expect((await dirtyPaths(repo)).tracked).toEqual(['a.txt'])
    commitAll(repo.root, 'Clean')
    expect((await dirtyPaths(repo)).untracked).toEqual([])
  })
})
