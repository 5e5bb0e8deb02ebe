import { describe, expect, it } from 'vitest'
import {
  changedPaths,
  commitTree,
  isAncestor,
  listFiles,
  listRefs,
  mergeBase,
  mergeTrees,
  readFileAt,
  readRef,
  resolveCommit,
  treeOf,
  treeWithoutSpec,
  updateRef,
  withFiles,
} from '../src/index.ts'
import { commitAll, repositoryWith, sh, treeWith, write } from './scene.ts'

const author = { name: 'Conduct', email: 'conduct@example.org' }
const at = '2026-01-02T03:04:05.678Z'
const odd = {
  'new\nline': 'a',
  '-dash': 'b',
  'ünïcode ☃': 'c',
  'quote"back\\slash': 'd',
  ' space ': 'e',
  'a:b*?[x]': 'f',
}

describe('reading trees', () => {
  it('finds files of any name, exactly', async () => {
    const repo = await repositoryWith({ ...odd, 'dir/-x/inner.txt': 'inner', 'utf8.txt': '\uFEFFgrüße\n' })
    for (const [path, content] of Object.entries(odd)) expect(await readFileAt(repo, 'HEAD', path)).toBe(content)
    expect(await readFileAt(repo, 'HEAD', 'utf8.txt')).toBe('\uFEFFgrüße\n')
    expect(await readFileAt(repo, 'HEAD', 'dir')).toBeUndefined()
    expect(await readFileAt(repo, 'HEAD', 'missing')).toBeUndefined()
    expect(new Set(await listFiles(repo, 'HEAD'))).toEqual(
      new Set([...Object.keys(odd), 'dir/-x/inner.txt', 'utf8.txt']),
    )
    expect(await listFiles(repo, 'HEAD', 'dir')).toEqual(['dir/-x/inner.txt'])
    expect(await listFiles(repo, 'HEAD', 'utf8.txt')).toEqual(['utf8.txt'])
    expect(await listFiles(repo, 'HEAD', 'missing')).toEqual([])
  })

  it('refuses a revision that does not exist instead of answering nothing', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    await expect(readFileAt(repo, 'nowhere', 'a.txt')).rejects.toThrow(/nowhere/)
    await expect(treeOf(repo, '--all')).rejects.toThrow(/--all/)
    expect(await resolveCommit(repo, 'nowhere')).toBeUndefined()
    expect(await resolveCommit(repo, '-x')).toBeUndefined()
    expect(await resolveCommit(repo, 'HEAD..HEAD')).toBeUndefined()
    expect(await resolveCommit(repo, 'HEAD^{tree}')).toBeUndefined()
    expect(await resolveCommit(repo, 'main')).toBe(sh(repo.root, 'rev-parse', 'main'))
  })

  it('says how one tree differs from another', async () => {
    const repo = await repositoryWith({ 'keep.txt': '1', 'edit.txt': '1', 'drop.txt': '1' })
    const from = await treeOf(repo, 'HEAD')
    const to = treeWith(repo, { 'keep.txt': '1', 'edit.txt': '2', 'add.txt': '1' })
    expect(await changedPaths(repo, from, to)).toEqual([
      { path: 'add.txt', status: 'added' },
      { path: 'drop.txt', status: 'deleted' },
      { path: 'edit.txt', status: 'modified' },
    ])
    expect(await changedPaths(repo, to, to)).toEqual([])
  })

  it('knows ancestors', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const first = sh(repo.root, 'rev-parse', 'HEAD')
    const second = commitAll(repo.root, 'Second')
    expect(await isAncestor(repo, first, second)).toBe(true)
    expect(await isAncestor(repo, second, second)).toBe(true)
    expect(await isAncestor(repo, second, first)).toBe(false)
    await expect(isAncestor(repo, '0'.repeat(40), first)).rejects.toThrow()
  })
})

describe('editing trees', () => {
  it('leaves out .spec at the root and only there', async () => {
    const repo = await repositoryWith({
      '.spec/SPEC.md': 's',
      '.specs/x': 'x',
      'libs/x/.spec/SPEC.md': 's',
      'a.txt': '1',
    })
    const tree = await treeOf(repo, 'HEAD')
    const without = await treeWithoutSpec(repo, tree)
    expect(await listFiles(repo, without)).toEqual(['.specs/x', 'a.txt', 'libs/x/.spec/SPEC.md'])
    expect(await treeWithoutSpec(repo, without)).toBe(without)
    expect(await listFiles(repo, await treeWithoutSpec(repo, tree, ['.spec', 'libs', '.specs', 'a.txt']))).toEqual([])
  })

  it('writes, replaces and removes files, keeps the executable bit, and is the tree git would make', async () => {
    const repo = await repositoryWith({ 'run.sh': '1', 'drop.txt': '1', file: '1', 'folder/x': '1', 'keep.txt': '1' })
    sh(repo.root, 'update-index', '--chmod=+x', 'run.sh')
    sh(repo.root, 'commit', '-q', '-m', 'Executable')
    const tree = await withFiles(repo, await treeOf(repo, 'HEAD'), {
      'run.sh': '2',
      'drop.txt': undefined,
      'never-there.txt': undefined,
      'file/inner': 'a file became a folder',
      folder: 'a folder became a file',
      'new\nline': new Uint8Array([0, 255]),
    })
    expect(new Set(await listFiles(repo, tree))).toEqual(
      new Set(['file/inner', 'folder', 'keep.txt', 'new\nline', 'run.sh']),
    )
    expect(sh(repo.root, 'ls-tree', tree, 'run.sh')).toMatch(/^100755/)
    expect(await readFileAt(repo, tree, 'run.sh')).toBe('2')
    expect(await withFiles(repo, tree, {})).toBe(tree)
  })

  it('refuses paths that leave the tree or reach git metadata', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const tree = await treeOf(repo, 'HEAD')
    for (const path of ['../x', '/x', '.git/config', 'a/.GIT/hooks/x', 'a/../b', 'git~1/x', '']) {
      await expect(withFiles(repo, tree, { [path]: 'x' }), path).rejects.toThrow()
    }
  })
})

describe('commitTree', () => {
  it('gives equal commits for equal requests, unsigned whatever the settings say', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    sh(repo.root, 'config', 'commit.gpgsign', 'true')
    sh(repo.root, 'config', 'gpg.program', '/does/not/exist')
    sh(repo.root, 'config', 'i18n.commitEncoding', 'latin1')
    const parent = sh(repo.root, 'rev-parse', 'HEAD')
    const request = {
      tree: await treeOf(repo, 'HEAD'),
      parents: [parent],
      message: 'Why ☃\n\nConduct-Phase: 1\n',
      author,
      at,
    }
    const commit = await commitTree(repo, request)
    expect(await commitTree(repo, request)).toBe(commit)
    expect(sh(repo.root, 'cat-file', 'commit', commit)).toBe(
      [
        `tree ${request.tree}`,
        `parent ${parent}`,
        'author Conduct <conduct@example.org> 1767323045 +0000',
        'committer Conduct <conduct@example.org> 1767323045 +0000',
        '',
        'Why ☃',
        '',
        'Conduct-Phase: 1',
      ].join('\n'),
    )
    await expect(commitTree(repo, { ...request, at: 'yesterday-ish' })).rejects.toThrow(/ISO 8601/)
  })
})

describe('refs', () => {
  it('move by compare-and-swap', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const first = sh(repo.root, 'rev-parse', 'HEAD')
    const second = commitAll(repo.root, 'Second')
    const ref = 'refs/conduct/spec/log'
    const reason = 'test'
    expect(await readRef(repo, ref)).toBeUndefined()
    expect(await updateRef(repo, ref, first, { expected: second, reason })).toBe(false)
    expect(await updateRef(repo, ref, first, { expected: null, reason })).toBe(true)
    expect(await updateRef(repo, ref, second, { expected: null, reason })).toBe(false)
    expect(await updateRef(repo, ref, second, { expected: first, reason })).toBe(true)
    expect(await readRef(repo, ref)).toBe(second)
    expect(await listRefs(repo, 'refs/conduct/')).toEqual([{ ref, oid: second }])
    expect(await listRefs(repo, 'refs/conduct/sp')).toEqual([])
    expect(await updateRef(repo, ref, undefined, { expected: first, reason })).toBe(false)
    expect(await updateRef(repo, ref, undefined, { expected: second, reason })).toBe(true)
    expect(await updateRef(repo, ref, undefined, { expected: null, reason })).toBe(true)
    expect(await listRefs(repo, 'refs/conduct')).toEqual([])
  })

  it('let exactly one of many racing writers win', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const tree = await treeOf(repo, 'HEAD')
    const commits = await Promise.all(
      Array.from({ length: 8 }, (_, n) => commitTree(repo, { tree, parents: [], message: `${n}`, author, at })),
    )
    const won = await Promise.all(
      commits.map((commit) => updateRef(repo, 'refs/conduct/race', commit, { expected: null, reason: 'race' })),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await readRef(repo, 'refs/conduct/race')).toBe(commits[won.indexOf(true)])
  })

  it('throw where git refuses for another reason than the comparison', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const head = sh(repo.root, 'rev-parse', 'HEAD')
    await updateRef(repo, 'refs/conduct/x', head, { reason: 'test' })
    await expect(updateRef(repo, 'refs/conduct/x/y', head, { expected: null, reason: 'test' })).rejects.toThrow(
      /refs\/conduct\/x/,
    )
    for (const ref of ['main', '--detach', 'refs/-x', 'refs/heads/a..b']) {
      await expect(updateRef(repo, ref, head, { reason: 'test' }), ref).rejects.toThrow()
    }
  })

  it('are not seen by the hooks of the user', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    write(repo.gitDir, { 'hooks/reference-transaction': '#!/bin/sh\nexit 1\n' })
    const { chmodSync } = await import('node:fs')
    chmodSync(`${repo.gitDir}/hooks/reference-transaction`, 0o755)
    expect(await updateRef(repo, 'refs/conduct/x', await resolveCommit(repo, 'HEAD'), { reason: 'test' })).toBe(true)
  })
})

describe('mergeTrees', () => {
  it('merges what does not touch, over an explicit base', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n', 'b.txt': '1\n' })
    const base = await treeOf(repo, 'HEAD')
    const ours = treeWith(repo, { 'a.txt': '2\n', 'b.txt': '1\n' })
    const theirs = treeWith(repo, { 'a.txt': '1\n', 'b.txt': '2\n', 'c.txt': 'new' })
    const expected = treeWith(repo, { 'a.txt': '2\n', 'b.txt': '2\n', 'c.txt': 'new' })
    expect(await mergeTrees(repo, { base, ours, theirs })).toEqual({ kind: 'clean', tree: expected })
    expect(await mergeTrees(repo, { base, ours, theirs: base })).toEqual({ kind: 'clean', tree: ours })
    expect(await mergeTrees(repo, { base, ours: base, theirs })).toEqual({ kind: 'clean', tree: theirs })
  })

  it('names the sides and keeps both in a conflict', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n', 'clean.txt': '1\n' })
    const base = await treeOf(repo, 'HEAD')
    const ours = treeWith(repo, { 'a.txt': 'left\n', 'clean.txt': '2\n', 'new\nline': 'x' })
    const theirs = treeWith(repo, { 'a.txt': 'right\n', 'clean.txt': '1\n', 'new\nline': 'y' })
    const merged = await mergeTrees(repo, { base, ours, theirs }, { ours: 'api', theirs: 'module/web: UI' })
    if (merged.kind !== 'conflict') throw new Error(merged.kind)
    expect(merged.paths).toEqual(['a.txt', 'new\nline'])
    expect(await readFileAt(repo, merged.tree, 'a.txt')).toBe(
      '<<<<<<< api\nleft\n=======\nright\n>>>>>>> module-web-UI\n',
    )
    expect(await readFileAt(repo, merged.tree, 'clean.txt')).toBe('2\n')
    expect(merged.messages).toContain('CONFLICT (content)')
    const again = await mergeTrees(repo, { base, ours, theirs }, { ours: 'same', theirs: 'SAME' })
    expect(again.kind).toBe('conflict')
  })

  it('reports one side deleting what the other changed', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n', 'b.txt': '1\n' })
    const base = await treeOf(repo, 'HEAD')
    const merged = await mergeTrees(repo, {
      base,
      ours: treeWith(repo, { 'b.txt': '1\n' }),
      theirs: treeWith(repo, { 'a.txt': '2\n', 'b.txt': '1\n' }),
    })
    expect(merged).toMatchObject({ kind: 'conflict', paths: ['a.txt'] })
  })

  it('never calls a merge clean that git calls a conflict, also where no file is in conflict', async () => {
    const file = (name: string): string => `${name}\n`.repeat(20)
    const names = ['a', 'b', 'c', 'd']
    const all = (place: (name: string) => string): Record<string, string> =>
      Object.fromEntries(names.map((name) => [`${place(name)}/${name}`, file(name)]))
    const repo = await repositoryWith(all(() => 'dir'))
    const merged = await mergeTrees(repo, {
      base: await treeOf(repo, 'HEAD'),
      ours: treeWith(
        repo,
        all((name) => (name < 'c' ? 'x' : 'y')),
      ),
      theirs: treeWith(repo, { ...all(() => 'dir'), 'dir/e': file('e') }),
    })
    expect(merged).toMatchObject({ kind: 'conflict', paths: ['dir'] })
    expect(merged.kind === 'conflict' && merged.messages).toContain('directory rename split')
  })

  it('throws on something that is no tree instead of calling it a conflict', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n' })
    const base = await treeOf(repo, 'HEAD')
    await expect(mergeTrees(repo, { base, ours: treeWith(repo, {}), theirs: '1'.repeat(40) })).rejects.toThrow()
  })

  it('runs no merge driver of the configuration', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n', '.gitattributes': '*.txt merge=evil\n' })
    sh(repo.root, 'config', 'merge.evil.driver', `touch ${repo.root}/pwned; true`)
    const base = await treeOf(repo, 'HEAD')
    const files = { '.gitattributes': '*.txt merge=evil\n' }
    const merged = await mergeTrees(repo, {
      base,
      ours: treeWith(repo, { ...files, 'a.txt': '2\n' }),
      theirs: treeWith(repo, { ...files, 'a.txt': '3\n' }),
    })
    expect(merged.kind).toBe('conflict')
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
  })

  it("uses git's own drivers where the base's .gitattributes name them, in whatever folder", async () => {
    const files = { '.gitattributes': 'log.txt merge=union\n', 'docs/.gitattributes': 'a.txt merge=binary\n' }
    const repo = await repositoryWith({ ...files, 'log.txt': '1\n', 'docs/a.txt': '1\n' })
    const base = await treeOf(repo, 'HEAD')
    const ours = treeWith(repo, { ...files, 'log.txt': '1\nleft\n', 'docs/a.txt': 'left\n' })
    const theirs = treeWith(repo, { ...files, 'log.txt': '1\nright\n', 'docs/a.txt': 'right\n' })
    const merged = await mergeTrees(repo, { base, ours, theirs })
    expect(merged).toMatchObject({ kind: 'conflict', paths: ['docs/a.txt'] })
    expect(await readFileAt(repo, merged.tree, 'log.txt')).toBe('1\nleft\nright\n')
    expect(await readFileAt(repo, merged.tree, 'docs/a.txt')).toBe('left\n')
  })

  it('finds the common ancestor of commits, or says that there is none', async () => {
    const repo = await repositoryWith({ 'a.txt': '1\n' })
    const root = sh(repo.root, 'rev-parse', 'HEAD')
    const tip = commitAll(repo.root, 'Second')
    const foreign = await commitTree(repo, { tree: await treeOf(repo, 'HEAD'), parents: [], message: 'x', author, at })
    expect(await mergeBase(repo, root, tip)).toBe(root)
    expect(await mergeBase(repo, foreign, tip)).toBeUndefined()
    expect(await mergeBase(repo, tip, foreign, root)).toBe(root)
  })
})
