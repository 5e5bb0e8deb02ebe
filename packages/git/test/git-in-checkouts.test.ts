import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { LinkedCheckout, PrivateCheckout, processIdentity, type Repository } from '../src/index.ts'
import { commitAll, fingerprint, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

/** What programs that people run in a repository ask git, and what they have to be told in a checkout of ours. */
describe.each(['linked', 'private'] as const)('git in a %s checkout', (kind) => {
  let repo: Repository
  let first: string
  let head: string
  let top: string
  const git = (...args: readonly string[]) => sh(top, ...args)

  beforeEach(async () => {
    repo = await repositoryWith({ 'a.txt': 'a\n', 'libs/x/x.ts': 'x\n', '.gitignore': 'dist\n' })
    first = sh(repo.root, 'rev-parse', 'HEAD')
    write(repo.root, { 'libs/y/y.ts': 'y\n' })
    head = commitAll(repo.root, 'Second')
    sh(repo.root, 'tag', 'v1')
    const at = join(temporaryDirectory(), 'checkout')
    const state = `${at}.state`
    if (kind === 'linked') {
      const owner = { run: 'r', ...processIdentity() }
      top = (await LinkedCheckout.create(repo, { commit: head, owner, top: at, state })).top
    } else {
      mkdirSync(at)
      mkdirSync(state)
      const checkout = new PrivateCheckout(repo, { top: at, state })
      await checkout.become(head)
      top = at
    }
  })

  it('names the top, the commit and the files', () => {
    expect(sh(join(top, 'libs'), 'rev-parse', '--show-toplevel')).toBe(top)
    expect(git('rev-parse', 'HEAD', 'main', 'v1').split('\n')).toEqual([head, head, head])
    expect(git('rev-parse', '--is-inside-work-tree')).toBe('true')
    expect(git('ls-files').split('\n')).toEqual(['.gitignore', 'a.txt', 'libs/x/x.ts', 'libs/y/y.ts'])
    expect(git('log', '--format=%s').split('\n')).toEqual(['Second', 'Start'])
    expect(git('describe', '--tags')).toBe('v1')
    expect(git('blame', '--porcelain', 'a.txt')).toContain(first)
  })

  it('tells what changed, staged and not', () => {
    expect(git('status', '--porcelain')).toBe('')
    write(top, { 'a.txt': 'b\n', 'new.txt': 'new\n', 'dist/out.js': 'out\n' })
    git('add', 'new.txt')
    expect(git('status', '--porcelain').split('\n')).toEqual([' M a.txt', 'A  new.txt'])
    expect(git('diff', '--name-only', 'HEAD').split('\n')).toEqual(['a.txt', 'new.txt'])
    expect(git('diff', '--cached', '--name-only')).toBe('new.txt')
    expect(git('check-ignore', 'dist/out.js')).toBe('dist/out.js')
  })

  it('tells what a branch has changed since another, as `nx affected` asks', () => {
    expect(git('merge-base', 'HEAD', first)).toBe(first)
    expect(git('merge-base', 'main', 'HEAD')).toBe(head)
    expect(git('diff', '--name-only', '--no-renames', '--relative', first, 'HEAD')).toBe('libs/y/y.ts')
    write(top, { 'libs/x/x.ts': 'changed\n', 'libs/z/z.ts': 'z\n' })
    expect(git('diff', '--name-only', '--no-renames', '--relative', 'HEAD', '.')).toBe('libs/x/x.ts')
    expect(git('ls-files', '--others', '--exclude-standard')).toBe('libs/z/z.ts')
  })

  it('stashes and takes back, and commits what is staged, as `lint-staged` does', () => {
    write(top, { 'a.txt': 'staged\n' })
    git('add', 'a.txt')
    write(top, { 'libs/x/x.ts': 'not staged\n' })
    expect(git('diff', '--staged', '--name-only', '--diff-filter=ACMR')).toBe('a.txt')
    git('stash', 'push', '--quiet', '--keep-index')
    expect(git('status', '--porcelain')).toBe('M  a.txt')
    git('commit', '--quiet', '-m', 'Staged')
    git('stash', 'pop', '--quiet')
    expect(git('diff', '--name-only', 'HEAD')).toBe('libs/x/x.ts')
    expect(git('log', '--format=%s', '-n', '1')).toBe('Staged')
    expect(git('stash', 'list')).toBe('')
    // A detached HEAD: no branch moves.
    expect(sh(repo.root, 'rev-parse', 'main')).toBe(head)
  })

  it('works from within a script that looks for the top itself', () => {
    const script = 'cd "$(git rev-parse --show-toplevel)" && test -e .git && git status --porcelain | wc -l'
    expect(execFileSync('sh', ['-c', script], { cwd: join(top, 'libs/x'), encoding: 'utf8' }).trim()).toBe('0')
  })
})

it('whatever git does in a private checkout, the repository of the user has the same bytes', async () => {
  const repo = await repositoryWith({ 'a.txt': 'a\n' })
  const head = sh(repo.root, 'rev-parse', 'HEAD')
  sh(repo.root, 'branch', 'mine')
  const [top, state] = [join(temporaryDirectory(), 'gate'), join(temporaryDirectory(), 'state')]
  mkdirSync(top)
  const checkout = new PrivateCheckout(repo, { top, state })
  await checkout.become(head)
  const before = fingerprint(repo.root)
  write(top, { 'a.txt': 'b\n' })
  const commands = [
    ['stash'],
    ['stash', 'pop'],
    ['commit', '-q', '-a', '-m', 'Mine'],
    ['branch', '-f', 'mine', 'HEAD'],
    ['tag', 'v1'],
    ['checkout', '-q', '-b', 'feature'],
    ['branch', '-D', 'main'],
    ['config', 'core.hooksPath', '/nowhere'],
    ['update-ref', 'refs/conduct/spec/log', 'HEAD'],
    ['worktree', 'prune'],
    ['reflog', 'expire', '--expire=now', '--all'],
    ['gc', '-q', '--prune=now'],
  ]
  for (const command of commands) sh(top, ...command)
  expect(fingerprint(repo.root)).toEqual(before)
})
