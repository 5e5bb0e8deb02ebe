import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listFiles, readFileAt, snapshot } from '../src/index.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory, treeWith, write } from './scene.ts'
import { inside, problems, scene, taken } from './snapshot-scene.ts'

describe('snapshot', () => {
  it('takes files of any name as they are, and only what changed', async () => {
    const { repo, path, base } = await scene({
      'a.txt': '1',
      'gone.txt': '1',
      'same.txt': '1',
      '.gitignore': '*.log\nbuild/\n',
    })
    const odd = {
      'new\nline': 'a',
      '-dash': 'b',
      'ü ☃': 'c',
      'quote"\\': 'd',
      ':(top)x': 'e',
      '*': 'f',
      'dir/deep/x': 'g',
    }
    write(path, { 'a.txt': '2', 'x.log': 'ignored', 'build/out': 'ignored', ...odd })
    unlinkSync(join(path, 'gone.txt'))
    symlinkSync('dir/deep', join(path, 'link'))
    mkdirSync(join(path, 'empty'))
    execFileSync('mkfifo', [join(path, 'pipe')])
    const worktreeBefore = fingerprint(path)
    const outcome = taken(await snapshot(repo, { worktree: path, base }))
    expect(new Set(outcome.changed)).toEqual(new Set(['a.txt', 'gone.txt', 'link', ...Object.keys(odd)]))
    expect(new Set(await listFiles(repo, outcome.tree))).toEqual(
      new Set(['.gitignore', 'a.txt', 'link', 'same.txt', ...Object.keys(odd)]),
    )
    for (const [name, content] of Object.entries(odd)) expect(await readFileAt(repo, outcome.tree, name)).toBe(content)
    expect(outcome.discarded).toEqual([])
    expect(fingerprint(path)).toEqual(worktreeBefore)
    unlinkSync(join(path, 'pipe'))
    sh(path, 'add', '-A')
    expect(sh(path, 'write-tree')).toBe(outcome.tree)
  })

  it('is the base when nothing changed, also where links lead out of it already', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    symlinkSync('/etc/hosts', join(repo.root, 'hosts'))
    sh(repo.root, 'add', '-A')
    sh(repo.root, 'commit', '-q', '-m', 'Link')
    const { path, base } = await inside(repo)
    expect(await snapshot(repo, { worktree: path, base })).toEqual({
      kind: 'snapshot',
      tree: base,
      changed: [],
      discarded: [],
      leftOut: [],
    })
    write(path, { 'a.txt': '2' })
    symlinkSync('a.txt', join(path, 'fine'))
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['a.txt', 'fine'])
  })

  it('keeps excluded paths as in the base and says which differed', async () => {
    const { repo, path, base } = await scene({
      'a.txt': '1',
      '.spec/SPEC.md': 's',
      '.spec/phases/1/phase.json': '{}',
      'lib/.spec/x': '1',
    })
    write(path, { 'a.txt': '2', '.spec/SPEC.md': 'mine', '.spec/new': 'x', '.SPEC/SPEC.md': 'sly', 'lib/.spec/x': '2' })
    rmSync(join(path, '.spec/phases'), { recursive: true })
    const outcome = taken(await snapshot(repo, { worktree: path, base }))
    expect(outcome.changed).toEqual(['a.txt', 'lib/.spec/x'])
    expect(outcome.discarded).toEqual(['.SPEC/SPEC.md', '.spec/SPEC.md', '.spec/new', '.spec/phases/1/phase.json'])
    expect(await listFiles(repo, outcome.tree)).toEqual([
      '.spec/SPEC.md',
      '.spec/phases/1/phase.json',
      'a.txt',
      'lib/.spec/x',
    ])
    expect(await readFileAt(repo, outcome.tree, '.spec/SPEC.md')).toBe('s')

    rmSync(join(path, '.spec'), { recursive: true })
    writeFileSync(join(path, '.spec'), 'a file instead')
    const again = taken(await snapshot(repo, { worktree: path, base }))
    expect(await readFileAt(repo, again.tree, '.spec/SPEC.md')).toBe('s')
    expect(again.discarded).toContain('.spec')
    expect(taken(await snapshot(repo, { worktree: path, base, exclude: [] })).changed).toContain('.spec')
  })

  it.each(['.git', '.GIT', '.Git.', 'git~1', '.g\u200cit'])(
    'refuses a nested %s, folder or file, at any depth',
    async (name) => {
      const { repo, path, base } = await scene()
      write(path, {
        [`deep/er/${name}/config`]: '[core]\n\tfsmonitor = touch pwned\n',
        [`other/${name}`]: 'gitdir: /elsewhere\n',
      })
      expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual([`deep/er/${name}`, `other/${name}`])
    },
  )

  it('refuses a nested repository that a rule of its own hides, and a second one at the top', async () => {
    const { repo, path, base } = await scene()
    write(path, { '.gitignore': '.git\n', 'nested/file': 'x' })
    sh(join(path, 'nested'), 'init', '-q')
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['nested/.git'])
    rmSync(join(path, 'nested'), { recursive: true })
    mkdirSync(join(path, '.GIT'))
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['.'])
  })

  it('leaves ignored folders alone, whatever is in them', async () => {
    const { repo, path, base } = await scene({ '.gitignore': 'node_modules\n', 'a.txt': '1' })
    write(path, { 'node_modules/dependency/.git/config': 'x', 'a.txt': '2' })
    symlinkSync('/etc', join(path, 'node_modules/.link'))
    symlinkSync('a.txt', join(path, 'link'))
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['a.txt', 'link'])
  })

  it('refuses gitlinks', async () => {
    const { repo, path, base } = await scene()
    write(path, { 'sub/file': 'x' })
    sh(join(path, 'sub'), 'init', '-q')
    sh(join(path, 'sub'), 'add', '-A')
    sh(join(path, 'sub'), 'commit', '-q', '-m', 'x')
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['sub/.git'])
  })

  it('keeps the submodules of the base, and never initialises one', async () => {
    const repo = await repositoryWith({
      'a.txt': '1',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% pwned\n',
    })
    sh(repo.root, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},x`)
    sh(repo.root, 'commit', '-q', '-m', 'Submodule')
    const { path, base } = await inside(repo)
    write(path, { 'a.txt': '2' })
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['a.txt'])
  })

  it.each(['a file', 'a link'])('refuses %s in place of a submodule', async (what) => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    sh(repo.root, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},x`)
    sh(repo.root, 'commit', '-q', '-m', 'Submodule')
    const { path, base } = await inside(repo)
    rmSync(join(path, 'x'), { recursive: true, force: true })
    if (what === 'a file') write(path, { x: 'file\n' })
    else symlinkSync('a.txt', join(path, 'x'))
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['x'])
  })

  it('refuses links that lead out of the tree, directly or through each other', async () => {
    const { repo, path, base } = await scene({ 'dir/sub/x': '1', 'a.txt': '1' })
    const links = {
      absolute: '/etc/passwd',
      up: '../secret',
      'dir/up-two': '../../secret',
      'into-git': '.git/config',
      hop: 'dir/sub',
      'through-hop': 'hop/../../../secret',
      fine: 'dir/../a.txt',
      dangling: 'dir/none',
      loop: 'loop',
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(path, name))
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual([
      'absolute',
      'dir/up-two',
      'into-git',
      'through-hop',
      'up',
    ])
  })

  it('refuses a change that turns an innocent link of the base outwards', async () => {
    const repo = await repositoryWith({ 'dir/sub/x': '1', secret: '1' })
    symlinkSync('hop/../secret', join(repo.root, 'old-link'))
    symlinkSync('dir/sub', join(repo.root, 'hop'))
    sh(repo.root, 'add', '-A')
    sh(repo.root, 'commit', '-q', '-m', 'Links')
    const { path, base } = await inside(repo)
    unlinkSync(join(path, 'hop'))
    symlinkSync('dir', join(path, 'hop'))
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['hop'])
    unlinkSync(join(path, 'hop'))
    symlinkSync('.', join(path, 'hop'))
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['old-link'])
  })

  it.each(['replaced', 'emptied', 'linked'])('refuses a worktree that was %s', async (how) => {
    const { repo, path, base } = await scene()
    if (how === 'replaced') {
      unlinkSync(join(path, '.git'))
      sh(path, 'init', '-q')
    } else if (how === 'emptied') {
      for (const name of ['a.txt', '.spec']) rmSync(join(path, name), { recursive: true })
    } else {
      renameSync(path, `${path}-moved`)
      symlinkSync(`${path}-moved`, path)
    }
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['.'])
  })

  it.each([0, 40])('takes the files of a worktree whose index was cut to %i bytes', async (length) => {
    const { repo, path, base } = await scene()
    const index = sh(path, 'rev-parse', '--path-format=absolute', '--git-path', 'index')
    truncateSync(index, length)
    write(path, { 'new.txt': 'new\n' })
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['new.txt'])
  })

  it('runs nothing that the worktree or the configuration names', async () => {
    const { repo, path, base } = await scene()
    const proof = join(temporaryDirectory(), 'ran')
    const run = `touch ${proof}; cat`
    for (const key of [
      'core.fsmonitor',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'diff.evil.textconv',
      'diff.external',
      'merge.evil.driver',
      'core.editor',
      'core.pager',
      'core.alternateRefsCommand',
    ]) {
      sh(repo.root, 'config', key, run)
    }
    mkdirSync(join(repo.commonDir, 'hooks'), { recursive: true })
    for (const hook of ['post-index-change', 'pre-commit', 'reference-transaction']) {
      writeFileSync(join(repo.commonDir, 'hooks', hook), `#!/bin/sh\n${run}\n`)
      chmodSync(join(repo.commonDir, 'hooks', hook), 0o755)
    }
    write(path, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'a.txt': '2' })
    const outcome = taken(await snapshot(repo, { worktree: path, base }))
    expect(outcome.changed).toEqual(['.gitattributes', 'a.txt'])
    expect(await readFileAt(repo, outcome.tree, 'a.txt')).toBe('2')
    expect(existsSync(proof)).toBe(false)
  })

  it("is not misled by flags in the worktree's own index", async () => {
    const { repo, path, base } = await scene()
    sh(path, 'update-index', '--assume-unchanged', 'a.txt')
    write(path, { 'a.txt': '2' })
    expect(taken(await snapshot(repo, { worktree: path, base })).changed).toEqual(['a.txt'])
  })

  it('normalises line endings as the user has asked for, and so gives the base back', async () => {
    const repo = await repositoryWith({ 'a.txt': 'one\ntwo\n', '.gitattributes': '*.txt text\n' })
    sh(repo.root, 'config', 'core.autocrlf', 'true')
    const { path, base } = await inside(repo)
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one\r\ntwo\r\n')
    expect(taken(await snapshot(repo, { worktree: path, base })).tree).toBe(base)
  })

  it('keeps the executable bit', async () => {
    const { repo, path, base } = await scene()
    chmodSync(join(path, 'a.txt'), 0o755)
    const outcome = taken(await snapshot(repo, { worktree: path, base }))
    expect(outcome.changed).toEqual(['a.txt'])
    expect(sh(repo.root, 'ls-tree', outcome.tree, 'a.txt')).toMatch(/^100755/)
    expect(lstatSync(join(repo.root, 'a.txt')).mode & 0o111).toBe(0)
  })

  it('refuses names that are not UTF-8', async () => {
    const { repo, path, base } = await scene()
    writeFileSync(Buffer.concat([Buffer.from(`${path}/bad-`), Buffer.from([0xff])]), 'x')
    expect(problems(await snapshot(repo, { worktree: path, base }))).toEqual(['bad-\uFFFD'])
  })

  it('works in a SHA-256 repository', async () => {
    const { repo, path, base } = await inside(
      await repositoryWith({ 'a.txt': '1', '.spec/x': '1' }, '--object-format=sha256'),
    )
    write(path, { 'a.txt': '2', '.spec/y': '2' })
    expect(taken(await snapshot(repo, { worktree: path, base }))).toMatchObject({
      changed: ['a.txt'],
      discarded: ['.spec/y'],
    })
  })

  it('takes twenty thousand files in a small multiple of what git needs to hash them', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`d${n % 100}/f${n}.txt`, `content ${n}\n`]),
    )
    const { repo, path, base } = await scene(files)
    write(path, { 'd1/f1.txt': 'changed' })
    const before = performance.now()
    const outcome = taken(await snapshot(repo, { worktree: path, base }))
    const tookMs = performance.now() - before
    expect(outcome.changed).toEqual(['d1/f1.txt'])
    expect(outcome.tree).toBe(treeWith(repo, { ...files, 'd1/f1.txt': 'changed' }))
    const started = performance.now()
    execFileSync('git', ['add', '--all'], {
      cwd: path,
      env: { ...process.env, GIT_INDEX_FILE: join(path, '../index') },
    })
    // Six times on an idle machine; both have the same neighbours, but not at the same moment.
    expect(tookMs).toBeLessThan(20 * (performance.now() - started))
  }, 120_000)
})
