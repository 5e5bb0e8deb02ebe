import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Repository } from '../src/index.ts'
import { advance, ignore, outside, resultOf, scene, start, takeOver } from './advance-scene.ts'
import { fingerprint, repositoryWith, sh, write } from './scene.ts'

/** What is in the way: how it comes there, and the path that the refusal has to name. */
const obstacles: Record<string, { readonly put: (root: string) => void; readonly path: string }> = {
  'an untracked file': { put: (root) => write(root, { 'new.txt': 'mine\n' }), path: 'new.txt' },
  'an untracked file of the same length and time': {
    put: (root) => write(root, { 'new.txt': 'our\n' }),
    path: 'new.txt',
  },
  'an empty file': { put: (root) => write(root, { 'new.txt': '' }), path: 'new.txt' },
  'a folder with files where a file comes': {
    put: (root) => write(root, { 'new.txt/mine': 'mine\n' }),
    path: 'new.txt',
  },
  'a folder with files where a link comes': { put: (root) => write(root, { 'link/mine': 'mine\n' }), path: 'link' },
  'a file where a folder comes': { put: (root) => write(root, { a: 'mine\n' }), path: 'a/b/c.sh' },
  'a file deeper where a folder comes': { put: (root) => write(root, { 'a/b': 'mine\n' }), path: 'a/b/c.sh' },
  'a file in a folder that becomes a file': {
    put: (root) => write(root, { 'becomes-file/mine': 'mine\n' }),
    path: 'becomes-file',
  },
  'a file where a link comes': { put: (root) => write(root, { link: 'mine\n' }), path: 'link' },
  'a file with the text of the link that comes': { put: (root) => write(root, { link: 'new.txt' }), path: 'link' },
  'a link to outside where a file comes': {
    put: (root) => symlinkSync('/etc/hosts', join(root, 'new.txt')),
    path: 'new.txt',
  },
  'a link to nowhere where a file comes': {
    put: (root) => symlinkSync('none', join(root, 'new.txt')),
    path: 'new.txt',
  },
  'a link to a folder outside where a folder comes': {
    put: (root) => symlinkSync(outside(root), join(root, 'a')),
    path: 'a/b/c.sh',
  },
  'a link to a folder of its own where a folder comes': {
    put: (root) => {
      write(root, { 'q/b/c.sh': 'mine\n' })
      symlinkSync('q', join(root, 'a'))
    },
    path: 'a/b/c.sh',
  },
  'another link where a link comes': { put: (root) => symlinkSync('other.txt', join(root, 'link')), path: 'link' },
  'a link instead of a tracked folder': {
    put: (root) => {
      rmSync(join(root, 'becomes-file'), { recursive: true })
      const target = outside(root)
      write(target, { 'inner.txt': 'one\n' })
      symlinkSync(target, join(root, 'becomes-file'))
    },
    path: 'becomes-file/inner.txt',
  },
  'a pipe where a file comes': { put: (root) => execFileSync('mkfifo', [join(root, 'new.txt')]), path: 'new.txt' },
}

describe.each(['untracked', 'ignored'])('what is %s and in the way of a result', (how) => {
  it.each(Object.keys(obstacles))('is never overwritten: %s', async (name) => {
    const { repo, ...commits } = await scene()
    const { put, path } = obstacles[name] ?? { put: () => undefined, path: '' }
    if (how === 'ignored') ignore(repo.root, '/new.txt', '/a', '/link', '/becomes-file/mine', '/becomes-file')
    put(repo.root)
    const before = fingerprint(join(repo.root, '..'))
    const outcome = await advance({ repo, ...commits })
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'dirty' })
    expect(outcome.kind === 'refused' ? outcome.paths : []).toContain(path)
    expect(fingerprint(join(repo.root, '..'))).toEqual(before)

    const isGit = (file: string): boolean => file.includes('repo/.git')
    const files = fingerprint(join(repo.root, '..'), isGit)
    expect(takeOver(repo.root)).toBe(false)
    expect(fingerprint(join(repo.root, '..'), isGit)).toEqual(files)
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(commits.from)
  })
})

/** Changes to what git knows, on a path that the result touches. */
const changes: Record<string, { readonly put: (root: string) => void; readonly path: string }> = {
  'an edit': { put: (root) => write(root, { 'edit.txt': 'mine\n' }), path: 'edit.txt' },
  'an edit of a file that goes': { put: (root) => write(root, { 'drop.txt': 'mine\n' }), path: 'drop.txt' },
  'a change of the mode alone': { put: (root) => chmodSync(join(root, 'edit.txt'), 0o755), path: 'edit.txt' },
  'a deletion': { put: (root) => unlinkSync(join(root, 'edit.txt')), path: 'edit.txt' },
  'a staged edit': {
    put: (root) => {
      write(root, { 'edit.txt': 'mine\n' })
      sh(root, 'add', 'edit.txt')
    },
    path: 'edit.txt',
  },
  'a staged edit that the file has no longer': {
    put: (root) => {
      write(root, { 'edit.txt': 'mine\n' })
      sh(root, 'add', 'edit.txt')
      write(root, { 'edit.txt': 'two\n' })
    },
    path: 'edit.txt',
  },
  'a staged file where the result has one': {
    put: (root) => {
      write(root, { 'new.txt': 'mine\n' })
      sh(root, 'add', 'new.txt')
    },
    path: 'new.txt',
  },
  'a staged file where the result has a folder': {
    put: (root) => {
      write(root, { a: 'mine\n' })
      sh(root, 'add', 'a')
    },
    path: 'a/b/c.sh',
  },
  'a file taken out of the index': { put: (root) => sh(root, 'rm', '-q', '--cached', 'edit.txt'), path: 'edit.txt' },
  'an intent to add': {
    put: (root) => {
      write(root, { 'new.txt': 'mine\n' })
      sh(root, 'add', '-N', 'new.txt')
    },
    path: 'new.txt',
  },
  'an edit that is marked as unchanged': {
    put: (root) => {
      sh(root, 'update-index', '--assume-unchanged', 'edit.txt')
      write(root, { 'edit.txt': 'mine\n' })
    },
    path: 'edit.txt',
  },
  'an edit marked as unchanged, of a file that goes': {
    put: (root) => {
      sh(root, 'update-index', '--assume-unchanged', 'drop.txt')
      write(root, { 'drop.txt': 'mine\n' })
    },
    path: 'drop.txt',
  },
  'an edit that is to be skipped': {
    put: (root) => {
      sh(root, 'update-index', '--skip-worktree', 'edit.txt')
      write(root, { 'edit.txt': 'mine\n' })
    },
    path: 'edit.txt',
  },
  'an edit to be skipped, of a file that goes': {
    put: (root) => {
      sh(root, 'update-index', '--skip-worktree', 'drop.txt')
      write(root, { 'drop.txt': 'mine\n' })
    },
    path: 'drop.txt',
  },
  'an edit outside a sparse checkout': {
    put: (root) => {
      sh(root, 'sparse-checkout', 'set', '--no-cone', '/other.txt')
      write(root, { 'edit.txt': 'mine\n' })
    },
    path: 'edit.txt',
  },
  'an untracked file outside a sparse checkout': {
    put: (root) => {
      sh(root, 'sparse-checkout', 'set', '--no-cone', '/other.txt')
      write(root, { 'new.txt': 'mine\n' })
    },
    path: 'new.txt',
  },
  'an edit whose time and size git knows': {
    put: (root) => {
      // As an editor that restores times does; git then has to compare by ctime.
      execFileSync(
        'sh',
        ['-c', 'cp -p edit.txt ../stamp && sleep 1.1 && echo our > edit.txt && touch -r ../stamp edit.txt'],
        { cwd: root },
      )
    },
    path: 'edit.txt',
  },
}

describe('changes to tracked files that a result touches', () => {
  it.each(Object.keys(changes))('are never overwritten: %s', async (name) => {
    const { repo, ...commits } = await scene()
    const { put, path } = changes[name] ?? { put: () => undefined, path: '' }
    put(repo.root)
    const before = fingerprint(repo.root)
    const outcome = await advance({ repo, ...commits })
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'dirty' })
    expect(outcome.kind === 'refused' ? outcome.paths : []).toContain(path)
    expect(fingerprint(repo.root)).toEqual(before)

    const isGit = (file: string): boolean => file.startsWith('.git')
    const files = fingerprint(repo.root, isGit)
    // git writes a file anew that was deleted and not staged as deleted; that loses nothing.
    if (name === 'a deletion') return
    takeOver(repo.root)
    expect(fingerprint(repo.root, isGit)).toEqual(files)
  })
})

describe('submodules', () => {
  async function withSubmodule(): Promise<Repository> {
    const library = await repositoryWith({ 'lib.txt': '1\n' })
    const repo = await repositoryWith(start)
    sh(repo.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.root, 'sub')
    sh(repo.root, 'commit', '-q', '-m', 'Submodule')
    write(join(repo.root, 'sub'), { 'mine.txt': 'mine\n', 'lib.txt': 'mine\n' })
    return repo
  }

  it('with changes in them stay as they are beside a result that does not touch them', async () => {
    const repo = await withSubmodule()
    const result = await resultOf(repo, (root) => write(root, { 'edit.txt': 'two\n' }))
    const before = fingerprint(join(repo.root, 'sub'))
    expect(await advance(result)).toMatchObject({ kind: 'advanced' })
    expect(fingerprint(join(repo.root, 'sub'))).toEqual(before)
  })

  it.each(['goes', 'becomes a file', 'becomes a folder'])(
    'with files in them are never overwritten where one %s',
    async (how) => {
      const repo = await withSubmodule()
      const result = await resultOf(repo, (root) => {
        sh(root, 'rm', '-q', '--cached', 'sub')
        rmSync(join(root, 'sub'), { recursive: true, force: true })
        rmSync(join(root, '.gitmodules'))
        if (how === 'becomes a file') write(root, { sub: 'file\n' })
        if (how === 'becomes a folder') write(root, { 'sub/lib.txt': 'two\n' })
      })
      const all = fingerprint(repo.root)
      const before = fingerprint(join(repo.root, 'sub'))
      const outcome = await advance(result)
      expect(fingerprint(join(repo.root, 'sub'))).toEqual(before)
      if (outcome.kind === 'refused') expect(fingerprint(repo.root)).toEqual(all)
      else expect(how).toBe('goes')
    },
  )

  it('are not put where a folder with files is', async () => {
    const repo = await repositoryWith(start)
    const result = await resultOf(repo, (root) => {
      sh(root, 'update-index', '--add', '--cacheinfo', `160000,${sh(root, 'rev-parse', 'HEAD')},sub`)
      mkdirSync(join(root, 'sub'))
    })
    write(repo.root, { 'sub/mine.txt': 'mine\n' })
    const before = fingerprint(repo.root)
    const outcome = await advance(result)
    expect(readFileSync(join(repo.root, 'sub/mine.txt'), 'utf8')).toBe('mine\n')
    if (outcome.kind === 'refused') expect(fingerprint(repo.root)).toEqual(before)
  })
})

describe('a file system without case', () => {
  it('is believed: a file whose name differs from a new one by case alone is not overwritten', async () => {
    const { repo, ...commits } = await scene()
    sh(repo.root, 'config', 'core.ignorecase', 'true')
    write(repo.root, { 'NEW.txt': 'mine\n', 'A/b/c.sh': 'mine\n' })
    const outcome = await advance({ repo, ...commits })
    expect(readFileSync(join(repo.root, 'NEW.txt'), 'utf8')).toBe('mine\n')
    expect(readFileSync(join(repo.root, 'A/b/c.sh'), 'utf8')).toBe('mine\n')
    expect(outcome).toMatchObject({ kind: 'advanced' })
    expect(lstatSync(join(repo.root, 'new.txt')).isFile()).toBe(true)
  })

  it('keeps a folder link whose name differs by case from a folder that comes', async () => {
    const { repo, ...commits } = await scene()
    sh(repo.root, 'config', 'core.ignorecase', 'true')
    symlinkSync(outside(repo.root), join(repo.root, 'A'))
    await advance({ repo, ...commits })
    expect(readFileSync(join(repo.root, '../outside/b/c.sh'), 'utf8')).toBe('mine\n')
    expect(lstatSync(join(repo.root, 'A')).isSymbolicLink()).toBe(true)
  })
})
