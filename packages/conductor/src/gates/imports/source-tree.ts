import { dirname } from 'node:path/posix'
import { filesWith, type Oid, type Repository, readFileAt } from '@nx-conduct/git'

export interface SourceTreeOptions {
  readonly tree: Oid
  /** Paths of all its files, links and submodules, from the repository's top. */
  readonly paths: readonly string[]
  /** Whether a path is one that the spec has generated: another gate requires it. */
  readonly isGenerated: (path: string) => boolean
}

/** A tree as resolvers read it. Paths start at the repository's top, which is the folder `''`. */
export class SourceTree {
  readonly paths: readonly string[]
  readonly #repo: Repository
  readonly #tree: Oid
  readonly #isGenerated: (path: string) => boolean
  readonly #entries: ReadonlySet<string>
  readonly #texts = new Map<string, Promise<string | undefined>>()
  #folders: ReadonlyMap<string, readonly string[]> | undefined

  constructor(repo: Repository, { tree, paths, isGenerated }: SourceTreeOptions) {
    this.#repo = repo
    this.#tree = tree
    this.paths = paths
    this.#isGenerated = isGenerated
    this.#entries = new Set(paths)
  }

  /** Whether a file is there, will be generated, or may be behind a link or in a submodule. */
  has(path: string): boolean {
    return this.#entries.has(path) || this.#isGenerated(path) || this.#isBehindEntry(path)
  }

  hasFolder(path: string): boolean {
    return path === '' || this.#folderNames().has(path) || this.has(path)
  }

  /** Names of the files that are directly in a folder. */
  namesIn(folder: string): readonly string[] {
    return this.#folderNames().get(folder) ?? []
  }

  /** The text of a file; undefined where there is none. */
  read(path: string): Promise<string | undefined> {
    const known = this.#texts.get(path)
    if (known !== undefined) return known
    const text = this.#entries.has(path) ? readFileAt(this.#repo, this.#tree, path) : Promise.resolve(undefined)
    this.#texts.set(path, text)
    return text
  }

  /** Paths of the files that have one of the texts in them. */
  filesWith(texts: readonly string[]): Promise<readonly string[]> {
    return filesWith(this.#repo, this.#tree, texts)
  }

  #isBehindEntry(path: string): boolean {
    for (let at = folderOf(path); at !== ''; at = folderOf(at)) if (this.#entries.has(at)) return true
    return false
  }

  #folderNames(): ReadonlyMap<string, readonly string[]> {
    if (this.#folders !== undefined) return this.#folders
    const folders = new Map<string, string[]>()
    for (const path of this.paths) {
      const folder = folderOf(path)
      const names = folders.get(folder)
      const name = folder === '' ? path : path.slice(folder.length + 1)
      if (names !== undefined) names.push(name)
      else {
        folders.set(folder, [name])
        for (let at = folderOf(folder); at !== '' && !folders.has(at); at = folderOf(at)) folders.set(at, [])
      }
    }
    this.#folders = folders
    return folders
  }
}

/** Folder of a path; empty at the top. */
export function folderOf(path: string): string {
  const folder = dirname(path)
  return folder === '.' ? '' : folder
}

/** The folder of a path and those around it, from the inside; the top is last. */
export function foldersAbove(path: string): readonly string[] {
  const folders: string[] = []
  let at = path
  do {
    at = folderOf(at)
    folders.push(at)
  } while (at !== '' && at !== '/')
  return folders
}

/** A path below a folder. */
export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
