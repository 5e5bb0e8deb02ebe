import type { ChangedPath, Oid, Repository } from './contract.ts'
import { placeOf, withoutIndex } from './place.ts'
import { fields, firstLine, GitError, type GitPlace, git } from './process/index.ts'

/** The commit that `rev` names; undefined when there is none. */
export async function resolveCommit(repo: Repository, rev: string): Promise<Oid | undefined> {
  return peel(repo, rev, 'commit')
}

/** The tree of a commit, tag, ref or tree. Throws when there is none. */
export async function treeOf(repo: Repository, commitish: string): Promise<Oid> {
  const tree = await peel(repo, commitish, 'tree')
  if (tree === undefined) {
    throw new GitError(`${JSON.stringify(commitish)} names no commit or tree in ${repo.root}.`, {
      hint: 'List what there is: git log --all --oneline',
    })
  }
  return tree
}

/** The text (UTF-8) of the file at `path` in a commit or tree; undefined when no file is there. */
export async function readFileAt(repo: Repository, treeish: string, path: string): Promise<string | undefined> {
  const tree = await treeOf(repo, treeish)
  const { bytes } = await git(placeOf(repo), ['cat-file', '--batch', '-z'], { input: `${tree}:${path}\0` })
  const end = bytes.indexOf(0x0a)
  const header = /^[0-9a-f]+ blob (\d+)$/.exec(new TextDecoder().decode(bytes.subarray(0, end)))
  if (header === null) return undefined
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(end + 1, end + 1 + Number(header[1])))
}

/** Paths of all files in a commit or tree, sorted by byte; `pathspec` narrows them by git's pathspec rules. */
export async function listFiles(
  repo: Repository,
  treeish: string,
  pathspec: string | readonly string[] = [],
): Promise<string[]> {
  const tree = await treeOf(repo, treeish)
  const specs = typeof pathspec === 'string' ? [pathspec] : pathspec
  return (await differences(placeOf(repo), emptyTreeFor(tree), tree, specs)).map((difference) => difference.path)
}

/** How `toTree` differs from `fromTree`. Renames are a deletion and an addition. */
export async function changedPaths(repo: Repository, fromTree: string, toTree: string): Promise<ChangedPath[]> {
  const [from, to] = await Promise.all([treeOf(repo, fromTree), treeOf(repo, toTree)])
  return (await differences(placeOf(repo), from, to)).map(({ path, status }) => ({ path, status }))
}

/** Whether `ancestor` is `descendant` or is reachable from it. */
export async function isAncestor(repo: Repository, ancestor: Oid, descendant: Oid): Promise<boolean> {
  const result = await git(placeOf(repo), ['merge-base', '--is-ancestor', ancestor, descendant], { exits: [0, 1] })
  return result.exitCode === 0
}

export interface Difference {
  readonly path: string
  readonly status: ChangedPath['status']
  /** Six octal digits; `000000` where there is nothing. */
  readonly fromMode: string
  readonly toMode: string
  readonly fromOid: Oid
  readonly toOid: Oid
}

/** The raw differences of two trees, recursive, sorted by path. */
export async function differences(
  place: GitPlace,
  fromTree: Oid,
  toTree: Oid,
  pathspec: readonly string[] = [],
): Promise<Difference[]> {
  if (fromTree === toTree) return []
  const { stdout } = await git(withoutIndex(place), [
    'diff-tree',
    ...['-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--ignore-submodules=none'],
    ...[fromTree, toTree, '--', ...pathspec],
  ])
  return parseRawDiff(stdout)
}

/** Reads `--raw -z` without renames: `:mode mode oid oid S`, NUL, path, NUL. */
export function parseRawDiff(text: string): Difference[] {
  const found: Difference[] = []
  const parts = fields(text)
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const raw = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/.exec(parts[at] ?? '')
    const path = parts[at + 1]
    if (raw === null || path === undefined) throw new GitError(`git gave a difference we cannot read: ${parts[at]}`)
    const [, fromMode = '', toMode = '', fromOid = '', toOid = '', letter = ''] = raw
    found.push({ path, status: statusOf(letter), fromMode, toMode, fromOid, toOid })
  }
  return found
}

/** The empty tree, which git knows without having it, in the hash of `oid`. */
export function emptyTreeFor(oid: Oid): Oid {
  return oid.length === 64
    ? '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321'
    : '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
}

function statusOf(letter: string): ChangedPath['status'] {
  switch (letter) {
    case 'A':
      return 'added'
    case 'D':
      return 'deleted'
    case 'T':
      return 'type-changed'
    default:
      return 'modified'
  }
}

async function peel(repo: Repository, rev: string, type: 'commit' | 'tree'): Promise<Oid | undefined> {
  // A revision is one word; a range or an option would be read as something else.
  if (rev === '' || rev.startsWith('-') || rev.startsWith('^') || /[\0\n]|\.\./.test(rev)) return undefined
  const result = await git(placeOf(repo), ['rev-parse', '--verify', '--quiet', `${rev}^{${type}}`], {
    exits: [0, 1, 128],
  })
  return result.exitCode === 0 ? firstLine(result.stdout) : undefined
}
