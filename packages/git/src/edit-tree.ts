import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from './contract.ts'
import { fields, GitError, type GitPlace, git, gitLine } from './process/index.ts'
import { withScratch } from './scratch.ts'

const NOTHING = '000000'

/** `tree` without the entries `names` at its root. The same tree when none is there. */
export async function treeWithoutSpec(repo: Repository, tree: Oid, names: readonly string[] = ['.spec']): Promise<Oid> {
  return withScratch(repo, { like: tree }, async ({ place }) => {
    const entries = fields((await git(place, ['ls-tree', '-z', tree])).stdout)
    const kept = entries.filter((entry) => !names.includes(entry.slice(entry.indexOf('\t') + 1)))
    if (kept.length === entries.length) return tree
    return gitLine(place, ['mktree', '-z', '--missing'], { input: kept.map((entry) => `${entry}\0`).join('') })
  })
}

/**
 * `tree` with these files, by path from its root: written with the given content, or removed where it is undefined. An
 * existing file keeps its executable bit; a file or folder in the way of a path is removed.
 */
export async function withFiles(
  repo: Repository,
  tree: Oid,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
): Promise<Oid> {
  const changes = Object.entries(files)
  if (changes.length === 0) return tree
  return withScratch(repo, { like: tree }, async ({ directory, place }) => {
    await git(place, ['read-tree', tree])
    const written = changes.filter(([, content]) => content !== undefined)
    const [oids, executable] = await Promise.all([
      writeBlobs(
        place,
        join(directory, 'content'),
        written.map(([, content]) => content ?? ''),
      ),
      executablePaths(place),
    ])
    const removed = changes.filter(([, content]) => content === undefined)
    await editIndex(place, [
      ...removed.map(([path]) => ({ path, mode: NOTHING, oid: '0'.repeat(tree.length) })),
      ...written.map(([path], at) => ({ path, mode: executable.has(path) ? '100755' : '100644', oid: oids[at] ?? '' })),
    ])
    return gitLine(place, ['write-tree', '--missing-ok'])
  })
}

export interface IndexEdit {
  readonly path: string
  /** Six octal digits; `000000` removes. */
  readonly mode: string
  /** All zeros, in the repository's length, where it removes. */
  readonly oid: Oid
}

/** Applies the edits to the place's index, removals first. Throws on a path that no tree may hold. */
export async function editIndex(place: GitPlace, edits: readonly IndexEdit[]): Promise<void> {
  if (edits.length === 0) return
  const removed = edits.filter(({ mode }) => mode === NOTHING).map(({ path, oid }) => `0 ${oid}\t${path}\0`)
  const written = edits.filter(({ mode }) => mode !== NOTHING).map(({ path, mode, oid }) => `${mode} ${oid}\t${path}\0`)
  const { stderr } = await git(place, ['update-index', '--add', '--replace', '-z', '--index-info'], {
    input: [...removed, ...written].join(''),
  })
  // git skips a path it will not take (`../x`, `.git/x`) with a word on stderr and exit code 0.
  if (stderr.trim() !== '') {
    throw new GitError(`Not written into a tree: ${stderr.trim()}`, {
      hint: 'Paths go from the top of the tree, without "..", and not into git metadata.',
    })
  }
}

async function writeBlobs(
  place: GitPlace,
  directory: string,
  contents: readonly (string | Uint8Array)[],
): Promise<string[]> {
  if (contents.length === 0) return []
  await mkdir(directory)
  const files = contents.map((_, at) => join(directory, String(at)))
  for (const [at, content] of contents.entries()) await writeFile(files[at] ?? '', content)
  const { stdout } = await git(place, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input: files.map((file) => `${file}\n`).join(''),
  })
  return stdout.trimEnd().split('\n')
}

async function executablePaths(place: GitPlace): Promise<Set<string>> {
  const entries = fields((await git(place, ['ls-files', '-s', '-z'])).stdout)
  return new Set(
    entries.filter((entry) => entry.startsWith('100755')).map((entry) => entry.slice(entry.indexOf('\t') + 1)),
  )
}
