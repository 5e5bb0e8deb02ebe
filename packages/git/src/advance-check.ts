import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oid, Repository } from './contract.ts'
import { editIndex, type IndexEdit } from './edit-tree.ts'
import type { Difference } from './objects/tree-diff.ts'
import { placeOf } from './place.ts'
import { fields, type GitPlace, git } from './process/index.ts'
import { lstatIfThere } from './worktree-registry.ts'

export interface Settled {
  /** Files that already equal the target, with their entries for the index. */
  readonly done: readonly IndexEdit[]
  /** Half-written by an advance that was killed: to be written again. */
  readonly torn: readonly string[]
  /** Neither as before nor as in the target: the user's own changes. */
  readonly dirty: readonly string[]
}

const NOTHING = '000000'
const SUBMODULE = '160000'

/**
 * Sorts the touched paths by what is there now. `place` holds a copy of the user's index, which is refreshed. Contents
 * are compared by git, so that the user's line endings and filters count as equal. `isResumed`: an advance between the
 * same commits was killed here, after it had found no changes of the user's.
 */
export async function settledPaths(
  repo: Repository,
  place: GitPlace,
  touched: readonly Difference[],
  isResumed: boolean,
): Promise<Settled> {
  await git(place, ['update-index', '-q', '--refresh'], { exits: [0, 1, 128] })
  const [staged, unlikeIndex, unlikeTarget] = await Promise.all([
    stagedEntries(place),
    changedFiles(place),
    filesUnlikeTarget(repo, touched),
  ])
  const leaving = new Set(touched.filter(({ toMode }) => toMode === NOTHING).map(({ path }) => path))
  const done: IndexEdit[] = []
  const torn: string[] = []
  const dirty: string[] = []
  for (const difference of touched) {
    const { path, fromMode, fromOid, toMode, toOid } = difference
    const inIndex = staged.get(path) ?? NOTHING
    const isFrom = inIndex === entry(fromMode, fromOid)
    const isTo = inIndex === entry(toMode, toOid)
    const isUntouched =
      isFrom && (fromMode === NOTHING ? await isFree(repo.root, path, leaving) : !unlikeIndex.has(path))
    if (isUntouched && !(await wouldEmptySubmodule(repo.root, difference))) continue
    if ((isFrom || isTo) && !unlikeTarget.has(path)) done.push({ path, mode: toMode, oid: toOid })
    else if (isFrom && isResumed && (await isTorn(repo, difference))) {
      if ((await lstatIfThere(join(repo.root, path))) !== undefined) torn.push(path)
    } else dirty.push(path)
  }
  return { done, torn, dirty }
}

/** The touched paths that git named when it refused to walk from one tree to the other. */
export function inTheWay(said: string, touched: readonly Difference[]): string[] {
  return touched.map(({ path }) => path).filter((path) => said.includes(`'${path}'`))
}

function entry(mode: string, oid: Oid): string {
  return mode === NOTHING ? NOTHING : `${mode} ${oid} 0`
}

/** `mode oid stage` by path. */
async function stagedEntries(place: GitPlace): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  for (const line of fields((await git(place, ['ls-files', '--stage', '-z'])).stdout)) {
    const tab = line.indexOf('\t')
    entries.set(line.slice(tab + 1), line.slice(0, tab))
  }
  return entries
}

async function changedFiles(place: GitPlace): Promise<Set<string>> {
  const { stdout } = await git(place, ['diff-files', '-z', '--name-only', '--ignore-submodules=dirty'])
  return new Set(fields(stdout))
}

/** The touched paths whose file is not what the target has there. */
async function filesUnlikeTarget(repo: Repository, touched: readonly Difference[]): Promise<Set<string>> {
  const different = new Set<string>()
  const kept: IndexEdit[] = []
  for (const { path, toMode, toOid } of touched) {
    if (toMode !== NOTHING) kept.push({ path, mode: toMode, oid: toOid })
    else if (await isFile(repo.root, path)) different.add(path)
  }
  const index = join(repo.gitDir, 'nx-conduct.target.index')
  const place: GitPlace = { ...placeOf(repo), env: { GIT_INDEX_FILE: index } }
  const clear = async (): Promise<void> => {
    for (const file of [index, `${index}.lock`]) await rm(file, { force: true })
  }
  await clear()
  try {
    await editIndex(place, kept)
    await git(place, ['update-index', '-q', '--refresh'], { exits: [0, 1, 128] })
    for (const path of await changedFiles(place)) different.add(path)
  } finally {
    await clear()
  }
  return different
}

/** A folder where a file is to go away is either the target's own or no business of the file's. */
async function isFile(root: string, path: string): Promise<boolean> {
  const there = await lstatIfThere(join(root, path))
  return there !== undefined && !there.isDirectory()
}

/** git replaces a file by removing it and writing the new one: killed in between, it is missing or the beginning of it. */
async function isTorn(repo: Repository, { path, toMode, toOid }: Difference): Promise<boolean> {
  if (toMode === NOTHING) return false
  const file = join(repo.root, path)
  const there = await lstatIfThere(file)
  if (there === undefined) return true
  if (!there.isFile() || !toMode.startsWith('100')) return false
  const target = (await git(placeOf(repo), ['cat-file', '--filters', `--path=${path}`, toOid])).bytes
  const written = await readFile(file)
  return written.length < target.length && written.equals(target.subarray(0, written.length))
}

/** git removes the folder of a submodule, with all changes in it, for a file or link of that name; also in `git merge`. */
async function wouldEmptySubmodule(root: string, { path, fromMode, toMode }: Difference): Promise<boolean> {
  if (fromMode !== SUBMODULE || toMode === SUBMODULE || toMode === NOTHING) return false
  const there = await lstatIfThere(join(root, path))
  return there?.isDirectory() === true && (await readdir(join(root, path))).length > 0
}

/** Whether a new file can be put at `path` without overwriting anything that is not going away itself. */
async function isFree(root: string, path: string, leaving: ReadonlySet<string>): Promise<boolean> {
  const parts = path.split('/')
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/')
    const there = await lstatIfThere(join(root, folder))
    if (there === undefined) return true
    if (!there.isDirectory()) return leaving.has(folder)
  }
  const there = await lstatIfThere(join(root, path))
  if (there === undefined) return true
  return there.isDirectory() && holdsOnly(root, path, leaving)
}

async function holdsOnly(root: string, folder: string, leaving: ReadonlySet<string>): Promise<boolean> {
  for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${item.name}`
    const fine = item.isDirectory() ? await holdsOnly(root, path, leaving) : leaving.has(path)
    if (!fine) return false
  }
  return true
}
