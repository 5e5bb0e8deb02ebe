import type { Oid, Repository } from './contract.ts'
import { editTree, entryAt, type TreeChange } from './objects/tree-edit.ts'
import { GitError, type GitPlace, git } from './process/index.ts'

const NOTHING = '000000'

/** `tree` without the entries `names` at its root. The same tree when none is there. */
export async function treeWithoutSpec(repo: Repository, tree: Oid, names: readonly string[] = ['.spec']): Promise<Oid> {
  return editTree(
    repo.objects,
    tree,
    names.map((path) => ({ path, entry: undefined })),
  )
}

/**
 * `tree` with these files, by path from its root: written with the given content, or removed where it is undefined. An
 * existing file keeps its executable bit; a file or folder in the way of a path is removed.
 */
export async function withFiles(
  { objects }: Repository,
  tree: Oid,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
): Promise<Oid> {
  const changes = await Promise.all(
    Object.entries(files).map(async ([path, content]): Promise<TreeChange> => {
      if (content === undefined) return { path, entry: undefined }
      const there = await entryAt(objects, tree, path)
      return {
        path,
        entry: {
          mode: there?.mode === '100755' ? '100755' : '100644',
          oid: await objects.writeBlob(Buffer.from(content)),
        },
      }
    }),
  )
  return editTree(objects, tree, changes)
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
