import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  changedPaths,
  commitTree,
  FileLists,
  foldersAt,
  mergeTrees,
  type Repository,
  readCommit,
  withFiles,
} from '../src/index.ts'
import { mergeDisjoint } from '../src/objects/tree-merge.ts'
import { repositoryWith, sh } from './scene.ts'

/** Trees that git makes, compared and merged by us and by git: the answers have to be the same. */

type Files = Readonly<Record<string, string>>

/** Numbers that look random and are the same each time (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const names = ['a', 'a.b', 'a-b', 'b', 'ü', 'x y']

/** A path of up to three parts; parts are few, so that files and folders get in each other's way. */
function pathFrom(random: (below: number) => number): string {
  return Array.from({ length: 1 + random(3) }, () => names[random(names.length)] ?? '').join('/')
}

function filesFrom(random: (below: number) => number, count: number): Files {
  const files: Record<string, string> = {}
  for (let at = 0; at < count; at += 1) add(files, pathFrom(random), `${random(4)}\n`.repeat(5))
  return files
}

/** A file replaces what is in its way. */
function add(files: Record<string, string>, path: string, text: string): void {
  for (const other of Object.keys(files)) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) delete files[other]
  }
  files[path] = text
}

function changed(random: (below: number) => number, files: Files): Files {
  const next: Record<string, string> = { ...files }
  for (const path of Object.keys(files)) if (random(6) === 0) delete next[path]
  for (let at = 0; at < 1 + random(3); at += 1) add(next, pathFrom(random), `new ${random(3)}\n`)
  return next
}

/** Blobs that git wrote, by repository and text: there are few texts, and each costs a program. */
const blobs = new Map<string, string>()

/** The tree as git makes it, through its index. */
function treeOfGit(repo: Repository, files: Files): string {
  const index = `${repo.gitDir}/test.index`
  const run = (args: readonly string[], input = ''): string =>
    execFileSync('git', args, { cwd: repo.root, input, env: { ...process.env, GIT_INDEX_FILE: index } })
      .toString()
      .trim()
  const blobOf = (text: string): string => {
    const key = `${repo.gitDir}\0${text}`
    const known = blobs.get(key) ?? run(['hash-object', '-w', '--stdin'], text)
    blobs.set(key, known)
    return known
  }
  run(['read-tree', '--empty'])
  const entries = Object.entries(files).map(([path, text]) => `100644 ${blobOf(text)}\t${path}\0`)
  run(['update-index', '-z', '--index-info'], entries.join(''))
  return run(['write-tree'])
}

const author = { name: 'Conduct', email: 'conduct@example.org' }
const at = '2026-01-01T00:00:00Z'

describe('trees, as git sees them', () => {
  it('differ in the same paths', async () => {
    const repo = await repositoryWith({ 'start.txt': '1' })
    const letters = { added: 'A', modified: 'M', deleted: 'D', 'type-changed': 'T' }
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = randomFrom(seed)
      const files = filesFrom(random, 12)
      const [from, to] = [treeOfGit(repo, files), treeOfGit(repo, changed(random, files))]
      const ours = (await changedPaths(repo, from, to)).map(({ path, status }) => `${letters[status]} ${path}`)
      const git = sh(repo.root, 'diff-tree', '-r', '-z', '--name-status', '--no-renames', from, to).split('\0')
      const theirs = git.flatMap((status, n) => (n % 2 === 0 && status !== '' ? [`${status} ${git[n + 1]}`] : []))
      expect(ours.toSorted(), `seed ${seed}`).toEqual(theirs.toSorted())
    }
  })

  it('hold the same files, whichever tree was listed before', async () => {
    const repo = await repositoryWith({ 'start.txt': '1' })
    const [lists, inside] = [new FileLists(repo.objects), new FileLists(repo.objects)]
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = randomFrom(seed)
      const files = filesFrom(random, 12)
      for (const each of [files, changed(random, files)]) {
        const tree = treeOfGit(repo, each)
        const theirs = sh(repo.root, 'ls-tree', '-r', '-z', '--name-only', tree).split('\0').filter(Boolean).sort()
        expect(await lists.list(tree), `seed ${seed}`).toEqual(theirs)
        const below = theirs.flatMap((path) => (path.startsWith('a/') ? [path.slice(2)] : []))
        expect(await inside.list(tree, 'a'), `seed ${seed}`).toEqual(below)
        const folders = theirs.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []))
        expect((await foldersAt(repo.objects, tree)).toSorted()).toEqual([...new Set(folders)].toSorted())
      }
    }
  })

  it('are listed when the one listed before is gone from the repository', async () => {
    const { objects } = await repositoryWith({ 'start.txt': '1' })
    const start = (await objects.resolve('HEAD', 'tree')) ?? ''
    let isGone = false
    const gone = 'a'.repeat(40)
    const lists = new FileLists({
      tree: async (oid) => {
        if (isGone && oid === gone) throw new Error('no such tree')
        return objects.tree(oid === gone ? start : oid)
      },
    })
    await lists.list(gone)
    isGone = true
    expect(await lists.list(start)).toEqual(['start.txt'])
  })

  it('are edited to the same tree', async () => {
    const repo = await repositoryWith({ 'start.txt': '1' })
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = randomFrom(seed)
      const before = filesFrom(random, 10)
      const after = changed(random, before)
      const gone = Object.keys(before).filter((path) => after[path] === undefined)
      const edits = { ...Object.fromEntries(gone.map((path) => [path, undefined])), ...after }
      expect(await withFiles(repo, treeOfGit(repo, before), edits), `seed ${seed}`).toBe(treeOfGit(repo, after))
    }
  })

  it('are merged to the same tree where no file was changed on both sides', async () => {
    const repo = await repositoryWith({ 'start.txt': '1' })
    let disjoint = 0
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = randomFrom(seed)
      const files = filesFrom(random, 10)
      const [base, ours, theirs] = [files, changed(random, files), changed(random, files)].map((each) =>
        treeOfGit(repo, each),
      )
      if (base === undefined || ours === undefined || theirs === undefined) throw new Error('no trees')
      const merged = await mergeDisjoint(repo.objects, { base, ours, theirs })
      if (merged === undefined) continue
      disjoint += 1
      const commit = (tree: string, parents: readonly string[]): Promise<string> =>
        commitTree(repo, { tree, parents, message: 'x', author, at })
      const root = await commit(base, [])
      const sides = await Promise.all([commit(ours, [root]), commit(theirs, [root])])
      expect(merged, `seed ${seed}`).toBe(sh(repo.root, 'merge-tree', '--write-tree', ...sides))
    }
    expect(disjoint).toBeGreaterThan(5)
  })

  it('leave renames to git: a file that both sides renamed is a conflict', async () => {
    const repo = await repositoryWith({ 'start.txt': '1' })
    const text = 'a text of some length\n'.repeat(9)
    const [base, ours, theirs] = [{ x: text }, { y: text }, { z: text }].map((files) => treeOfGit(repo, files))
    if (base === undefined || ours === undefined || theirs === undefined) throw new Error('no trees')
    expect((await mergeTrees(repo, { base, ours, theirs })).kind).toBe('conflict')
  })
})

describe('commits', () => {
  it('are what git itself writes', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const [head, tree] = [sh(repo.root, 'rev-parse', 'HEAD'), sh(repo.root, 'rev-parse', 'HEAD^{tree}')]
    const message = 'Line one\n\nLine two, with ü\n'
    const oid = await commitTree(repo, { tree, parents: [head], message, author, at: '2026-01-02T03:04:05.678Z' })
    const date = '1767323045 +0000'
    const theirs = execFileSync('git', ['commit-tree', tree, '-p', head, '-F', '-'], {
      cwd: repo.root,
      input: message,
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
      },
    })
    expect(oid).toBe(theirs.toString().trim())
    expect(await readCommit(repo, oid)).toEqual({
      tree,
      parents: [head],
      authorEmail: author.email,
      at: '2026-01-02T03:04:05.000Z',
      message,
    })
  })

  it('are not signed by a name that would write a header of its own', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const tree = sh(repo.root, 'rev-parse', 'HEAD^{tree}')
    const who = { name: 'A <a@b> 0 +0000\nparent x', email: 'c' }
    await expect(commitTree(repo, { tree, parents: [], message: 'x', author: who, at })).rejects.toThrow(/cannot sign/)
  })
})
