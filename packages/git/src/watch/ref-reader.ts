import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../contract.ts'
import { placeOf } from '../place.ts'
import { git } from '../process/index.ts'
import { stampOf } from './stamp.ts'

/** What every ref holds: an object id, or `ref: refs/…` for a ref that names another. Parts that did not change are shared between readings. */
export interface RefsRead {
  readonly packed: Refs
  /** Refs that are files, by folder. They go before packed ones. */
  readonly loose: ReadonlyMap<string, Refs>
}

/** By full name. */
type Refs = ReadonlyMap<string, string>

interface Folder {
  readonly stamp: string
  readonly refs: Refs
  readonly folders: readonly string[]
  /** Stamps of the files. */
  readonly files: readonly string[]
}

/** Where more refs are files, one that was written in place, as git never does, is seen only if its folder changed as well. */
const mostFilesChecked = 128
/** Belong to one checkout alone: what a person's bisect or rebase notes. */
const ofOneCheckout = new Set(['refs/bisect', 'refs/rewritten', 'refs/worktree'])
const none: Refs = new Map()

/**
 * Reads all refs of a repository again and again. Git replaces a ref's file by renaming another over it, which changes the folder's
 * time: folders that did not change, and `packed-refs` if it did not, are not read again. Where refs are not files, git is asked.
 */
export class RefReader {
  readonly #repo: Repository
  #packed: { readonly stamp: string; readonly refs: Refs } = { stamp: '', refs: none }
  #folders = new Map<string, Folder>()
  /** How many refs are files. */
  #files = 0

  constructor(repo: Repository) {
    this.#repo = repo
  }

  async read(): Promise<RefsRead> {
    const { commonDir } = this.#repo
    if (statOf(join(commonDir, 'reftable')) !== undefined) return { packed: await this.#asked(), loose: new Map() }
    const loose = this.#readLoose()
    // Afterwards: `pack-refs` writes the packed refs before it removes the files.
    return { packed: this.#readPacked(), loose }
  }

  #readPacked(): Refs {
    const file = join(this.#repo.commonDir, 'packed-refs')
    const stats = statOf(file)
    if (stats === undefined) this.#packed = { stamp: '', refs: none }
    else {
      const stamp = stampOf(stats)
      if (stamp === '' || stamp !== this.#packed.stamp) {
        const refs = parsePacked(textOf(file))
        this.#packed = { stamp, refs: sameRefs(this.#packed.refs, refs) ? this.#packed.refs : refs }
      }
    }
    return this.#packed.refs
  }

  #readLoose(): ReadonlyMap<string, Refs> {
    const before = this.#folders
    const now = new Map<string, Folder>()
    const loose = new Map<string, Refs>()
    const areFilesChecked = this.#files <= mostFilesChecked
    let files = 0
    const visit = (name: string): void => {
      const folder = readFolder(this.#repo.commonDir, name, before.get(name), areFilesChecked)
      if (folder === undefined) return
      now.set(name, folder)
      files += folder.refs.size
      if (folder.refs.size > 0) loose.set(name, folder.refs)
      for (const each of folder.folders) visit(each)
    }
    visit('refs')
    this.#folders = now
    this.#files = files
    return loose
  }

  async #asked(): Promise<Refs> {
    const format = '--format=%(objectname) %(symref) %(refname)'
    const { stdout } = await git(placeOf(this.#repo), ['for-each-ref', format])
    const refs = new Map<string, string>()
    for (const line of stdout.split('\n')) {
      const [oid = '', symref = '', ref] = line.split(' ')
      if (ref === undefined || ofOneCheckout.has(ref.split('/', 2).join('/'))) continue
      refs.set(ref, symref === '' ? oid : `ref: ${symref}`)
    }
    return refs
  }
}

function readFolder(
  commonDir: string,
  name: string,
  earlier: Folder | undefined,
  areFilesChecked: boolean,
): Folder | undefined {
  const path = join(commonDir, name)
  const stats = statOf(path)
  if (stats === undefined || !stats.isDirectory()) return undefined
  const stamp = stampOf(stats)
  if (stamp !== '' && stamp === earlier?.stamp && (!areFilesChecked || filesAreSame(commonDir, earlier))) return earlier
  const folders: string[] = []
  const refs = new Map<string, string>()
  const files: string[] = []
  let entries: readonly import('node:fs').Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch {
    return undefined
  }
  for (const entry of entries) {
    const full = `${name}/${entry.name}`
    if (entry.isDirectory()) {
      if (!ofOneCheckout.has(full)) folders.push(full)
      continue
    }
    if (entry.name.endsWith('.lock')) continue
    const file = join(path, entry.name)
    const fileStats = statOf(file)
    const text = textOf(file).trim()
    if (fileStats === undefined || text === '') continue
    refs.set(full, text)
    files.push(stampOf(fileStats))
  }
  const isSame = earlier !== undefined && sameRefs(earlier.refs, refs)
  return { stamp, folders, files, refs: isSame ? earlier.refs : refs }
}

function filesAreSame(commonDir: string, { refs, files }: Folder): boolean {
  let at = 0
  for (const ref of refs.keys()) {
    const stats = statOf(join(commonDir, ref))
    const stamp = files[at]
    if (stats === undefined || stamp === '' || stampOf(stats) !== stamp) return false
    at += 1
  }
  return true
}

function sameRefs(one: Refs, other: Refs): boolean {
  if (one.size !== other.size) return false
  for (const [ref, value] of one) if (other.get(ref) !== value) return false
  return true
}

function parsePacked(text: string): Refs {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0 && line[0] !== '#' && line[0] !== '^') refs.set(line.slice(space + 1), line.slice(0, space))
  }
  return refs
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
