import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { advance, ignore, resultOf, scene, takeOver } from './advance-scene.ts'
import { fingerprint, opened, repositoryWith, sh, write } from './scene.ts'

describe('a result', () => {
  it('leaves everything beside its paths as it is, staged, marked or new', async () => {
    const { repo, ...commits } = await scene()
    const { root } = repo
    write(root, {
      'other.txt': 'mine\n',
      'staged.txt': 'mine\n',
      'wish.txt': 'mine\n',
      'NEW.TXT': 'mine\n',
      'b/mine': 'mine\n',
    })
    sh(root, 'add', 'staged.txt')
    sh(root, 'add', '-N', 'wish.txt')
    sh(root, 'update-index', '--assume-unchanged', 'other.txt')
    expect(await advance({ repo, ...commits })).toMatchObject({ kind: 'advanced' })
    expect(sh(root, 'status', '--porcelain')).toBe('A  staged.txt\n A wish.txt\n?? NEW.TXT\n?? b/')
    expect(sh(root, 'ls-files', '-v', 'other.txt')).toBe('h other.txt')
    for (const path of ['other.txt', 'staged.txt', 'wish.txt', 'NEW.TXT', 'b/mine']) {
      expect(readFileSync(join(root, path), 'utf8')).toBe('mine\n')
    }
  })

  it('takes equal files, links and folders that are there already, ignored or not, for its own', async () => {
    const { repo, ...commits } = await scene()
    const { root } = repo
    ignore(root, '/new.txt')
    write(root, { 'new.txt': 'new\n', 'edit.txt': 'two\n', 'a/b/c.sh': '#!\n' })
    symlinkSync('new.txt', join(root, 'link'))
    chmodSync(join(root, 'mode.sh'), 0o755)
    mkdirSync(join(root, 'empty/deep'), { recursive: true })
    expect(await advance({ repo, ...commits })).toMatchObject({ kind: 'advanced' })
    expect(sh(root, 'status', '--porcelain')).toBe('')
    expect(readlinkSync(join(root, 'link'))).toBe('new.txt')
    expect(existsSync(join(root, 'empty/deep'))).toBe(true)
  })

  it('comes into an empty folder where a file comes', async () => {
    const { repo, ...commits } = await scene()
    mkdirSync(join(repo.root, 'new.txt/empty'), { recursive: true })
    expect(await advance({ repo, ...commits })).toMatchObject({ kind: 'advanced' })
    expect(readFileSync(join(repo.root, 'new.txt'), 'utf8')).toBe('new\n')
  })

  it('writes nothing outside a sparse checkout, and removes nothing of it', async () => {
    const { repo, ...commits } = await scene()
    const { root } = repo
    sh(root, 'sparse-checkout', 'set', '--no-cone', '/other.txt', '/becomes-file')
    const sparse = await opened(root)
    expect(await advance({ ...commits, repo: sparse })).toMatchObject({ kind: 'advanced' })
    expect(sh(root, 'status', '--porcelain')).toBe('')
    expect(['edit.txt', 'new.txt', 'a'].filter((path) => existsSync(join(root, path)))).toEqual([])
    expect(readFileSync(join(root, 'becomes-file'), 'utf8')).toBe('f\n')
    expect(sh(root, 'ls-files', '-t', 'edit.txt', 'new.txt', 'other.txt')).toBe('S edit.txt\nS new.txt\nH other.txt')
  })

  it('keeps the marks of files it does not touch', async () => {
    const { repo, ...commits } = await scene()
    const { root } = repo
    sh(root, 'update-index', '--skip-worktree', 'other.txt')
    write(root, { 'other.txt': 'mine\n' })
    expect(await advance({ repo, ...commits })).toMatchObject({ kind: 'advanced' })
    expect(readFileSync(join(root, 'other.txt'), 'utf8')).toBe('mine\n')
    expect(sh(root, 'ls-files', '-v', 'other.txt')).toBe('S other.txt')
  })
})

describe('files that look otherwise than git stores them', () => {
  it('are clean with the line endings that their attributes ask for, and are written with them', async () => {
    const repo = await repositoryWith({
      '.gitattributes': '*.txt text=auto eol=crlf\n',
      'a.txt': 'one\n',
      'b.txt': 'one\n',
    })
    const result = await resultOf(repo, (root) => write(root, { 'a.txt': 'two\r\n', 'c.txt': 'new\r\n' }))
    rmSync(join(repo.root, 'a.txt'))
    sh(repo.root, 'checkout', '-q', 'a.txt')
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\r\n')
    write(repo.root, { 'c.txt': 'new\r\n' })
    expect(await advance(result)).toMatchObject({ kind: 'advanced' })
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('two\r\n')
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  })

  it('are not overwritten when they were edited, whatever the line endings', async () => {
    const repo = await repositoryWith({ '.gitattributes': '* text=auto\n', 'a.txt': 'one\ntwo\n' })
    const result = await resultOf(repo, (root) => write(root, { 'a.txt': 'two\n', 'c.txt': 'new\n' }))
    write(repo.root, { 'a.txt': 'one\r\nmine\r\n' })
    const before = fingerprint(repo.root)
    expect(await advance(result)).toMatchObject({ kind: 'refused', reason: 'dirty', paths: ['a.txt'] })
    expect(fingerprint(repo.root)).toEqual(before)
  })

  it('count as edited when their line endings are not those that git last saw, as for git merge', async () => {
    const repo = await repositoryWith({ '.gitattributes': '* text=auto\n', 'a.txt': 'one\ntwo\n' })
    const result = await resultOf(repo, (root) => write(root, { 'a.txt': 'two\n' }))
    write(repo.root, { 'a.txt': 'one\r\ntwo\r\n' })
    expect(await advance(result)).toMatchObject({ kind: 'refused', reason: 'dirty', paths: ['a.txt'] })
    expect(takeOver(repo.root)).toBe(false)
    expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('one\r\ntwo\r\n')
  })

  it('are not overwritten when they are stored with CRLF under text=auto and were edited', async () => {
    const repo = await repositoryWith({ 'a.txt': 'one\r\n', 'b.txt': 'one\r\n' })
    write(repo.root, { '.gitattributes': '* text=auto\n' })
    sh(repo.root, 'add', '.gitattributes')
    sh(repo.root, 'commit', '-q', '-m', 'Attributes')
    const result = await resultOf(repo, (root) => write(root, { 'a.txt': 'two\n' }))
    write(repo.root, { 'a.txt': 'mine\r\n' })
    const before = fingerprint(repo.root)
    expect(await advance(result)).toMatchObject({ kind: 'refused', reason: 'dirty', paths: ['a.txt'] })
    expect(fingerprint(repo.root)).toEqual(before)
  })
})

it('gives a command that takes the branch, not a tag of its name', async () => {
  const { repo, from, to } = await scene()
  sh(repo.root, 'tag', 'conduct/spec', from)
  write(repo.root, { 'other.txt': 'mine\n' })
  sh(repo.root, 'add', 'other.txt')
  expect(takeOver(repo.root)).toBe(true)
  expect(sh(repo.root, 'rev-parse', 'HEAD')).toBe(to)
  expect(sh(repo.root, 'status', '--porcelain')).toBe('M  other.txt')
})
