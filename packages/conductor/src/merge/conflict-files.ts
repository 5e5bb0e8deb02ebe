import { changedPaths, entryIn, type FoundEntry, type Oid, type Repository } from '@nx-conduct/git'
import { isBinary } from './text-lines.ts'

/** A path in conflict, or one that a synthesis changed, as each tree has it. */
export interface ConflictFile {
  readonly path: string
  readonly base: FoundEntry | undefined
  readonly ours: FoundEntry | undefined
  readonly theirs: FoundEntry | undefined
  /** With conflict markers, where git could write any. */
  readonly merged: FoundEntry | undefined
}

export interface ResolvedFile extends ConflictFile {
  /** What the synthesis made of it. */
  readonly result: FoundEntry | undefined
}

/** The trees of a merge that has a conflict. */
export interface ConflictTrees {
  readonly base: Oid
  readonly ours: Oid
  readonly theirs: Oid
  readonly merged: Oid
}

export function readConflict(
  repository: Repository,
  trees: ConflictTrees,
  paths: readonly string[],
): Promise<readonly ConflictFile[]> {
  return Promise.all(paths.map((path) => readFile(repository, trees, path)))
}

/** The paths in conflict and all that the synthesis changed, with its result. */
export async function readResolved(
  repository: Repository,
  trees: ConflictTrees,
  { paths, result }: { readonly paths: readonly string[]; readonly result: Oid },
): Promise<readonly ResolvedFile[]> {
  const changed = (await changedPaths(repository, trees.merged, result)).map(({ path }) => path)
  return Promise.all(
    [...new Set([...paths, ...changed])].map(async (path) => ({
      ...(await readFile(repository, trees, path)),
      result: await entryIn(repository, result, path),
    })),
  )
}

async function readFile(repository: Repository, trees: ConflictTrees, path: string): Promise<ConflictFile> {
  const [base, ours, theirs, merged] = await Promise.all([
    entryIn(repository, trees.base, path),
    entryIn(repository, trees.ours, path),
    entryIn(repository, trees.theirs, path),
    entryIn(repository, trees.merged, path),
  ])
  return { path, base, ours, theirs, merged }
}

/** What a tree has at a path, in words for an agent. */
export function describeEntry(entry: FoundEntry | undefined, before: FoundEntry | undefined): string {
  if (entry === undefined) return before === undefined ? 'has nothing there' : 'deleted it'
  const { mode, oid, content } = entry
  if (mode === '160000') return `a submodule at ${oid}`
  if (content === undefined) return 'a folder'
  if (mode === '120000') return `a link to ${content.toString('utf8')}`
  const kind = isBinary(content) ? `binary, ${content.length} bytes` : textKind(content)
  return `${mode === '100755' ? 'an executable file' : 'a file'} (${kind}); print it with \`git cat-file blob ${oid}\``
}

/** Whether the sides differ in more than their lines: in what is there, its line endings or its executable bit. */
export function differInKind({ base, ours, theirs }: ConflictFile): boolean {
  return new Set([base ?? ours, ours, theirs].map(kindOf)).size > 1
}

function kindOf(entry: FoundEntry | undefined): string {
  if (entry?.content === undefined) return entry?.mode ?? ''
  const text = isBinary(entry.content) ? 'binary' : entry.content.includes('\r\n') ? 'CRLF' : 'LF'
  return `${entry.mode} ${entry.mode === '120000' ? '' : text}`
}

function textKind(content: Buffer): string {
  const text = content.toString('latin1')
  const lines = text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0)
  const ends = text.includes('\r\n') ? ', CRLF line endings' : ''
  return `${lines} ${lines === 1 ? 'line' : 'lines'}${ends}`
}
