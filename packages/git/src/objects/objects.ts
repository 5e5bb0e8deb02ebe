import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GitError, type ObjectInfo, ObjectPipes, parseTree, type TreeEntry } from '../process/index.ts'
import { scratchFolder } from '../scratch-folder.ts'

/** Entries of trees that are remembered: about 30 MB at most. */
const rememberedEntries = 200_000

/**
 * The objects of one repository. Trees are remembered, since an object never changes; what refs name is asked for each time.
 * Its processes start with the first request, end when they are not needed for some seconds, and end with this process.
 */
export class Objects {
  readonly #pipes: ObjectPipes
  readonly #files = new TemporaryFiles()
  readonly #trees = new Map<string, Promise<readonly TreeEntry[]>>()
  /** The trees that were read, the oldest first, and how many entries each has. */
  readonly #counts = new Map<string, number>()
  #entries = 0

  constructor(commonDir: string) {
    this.#pipes = new ObjectPipes({ gitDir: commonDir, cwd: commonDir }, this.#files)
  }

  /** What a revision names, peeled to a type; undefined when there is none. */
  async resolve(revision: string, type: 'commit' | 'tree'): Promise<string | undefined> {
    // A revision is one word; a range or an option would be read as something else.
    if (revision === '' || /^[-^]|[\s\0]|\.\./.test(revision)) return undefined
    const found = await this.info(`${revision}^{${type}}`)
    return found?.type === type ? found.oid : undefined
  }

  info(name: string): Promise<ObjectInfo | undefined> {
    return this.#pipes.info(name)
  }

  /** The content of an object. Throws when it is not there or of another type. */
  async content(type: 'blob' | 'tree' | 'commit', oid: string): Promise<Buffer> {
    const found = await this.#pipes.read(oid)
    if (found?.type === type) return found.content
    throw new GitError(`The ${type} ${oid} is ${found === undefined ? 'not in the repository' : `a ${found.type}`}.`, {
      hint: 'Check the repository with: git fsck',
    })
  }

  /** The entries of a tree. Throws when there is no such tree. */
  tree(oid: string): Promise<readonly TreeEntry[]> {
    const known = this.#trees.get(oid)
    if (known !== undefined) return known
    const read = this.content('tree', oid).then((content) => parseTree(content, oid.length / 2))
    this.#trees.set(oid, read)
    read.then(
      ({ length }) => this.#count(oid, length),
      () => this.#trees.delete(oid),
    )
    return read
  }

  #count(oid: string, entries: number): void {
    this.#counts.set(oid, entries)
    this.#entries += entries
    for (const [oldest, count] of this.#counts) {
      if (this.#entries <= rememberedEntries) return
      this.#counts.delete(oldest)
      this.#trees.delete(oldest)
      this.#entries -= count
    }
  }

  writeBlob(content: Buffer): Promise<string> {
    return this.#pipes.writeBlob(content)
  }

  writeCommit(content: Buffer): Promise<string> {
    return this.#pipes.writeCommit(content)
  }

  writeTree(entries: readonly TreeEntry[]): Promise<string> {
    return this.#pipes.writeTree(entries)
  }

  /** Ends every process and removes every file. */
  async close(): Promise<void> {
    await this.#pipes.close()
    await this.#files.remove()
  }
}

/** Files for `hash-object`, in a temporary folder whose name says whose it is. */
class TemporaryFiles {
  #folder: Promise<string> | undefined
  /** Also where the process ends without closing anything. */
  #atExit: (() => void) | undefined

  async write(name: string, content: Buffer): Promise<string> {
    this.#folder ??= scratchFolder()
    const folder = await this.#folder.catch((error: unknown) => {
      this.#folder = undefined
      throw error
    })
    const file = join(folder, name)
    if (this.#atExit === undefined) {
      this.#atExit = () => rmSync(folder, { recursive: true, force: true })
      process.once('exit', this.#atExit)
    }
    // A person or a clean-up of temporary files may have removed the folder.
    await mkdir(folder, { recursive: true, mode: 0o700 })
    writeFileSync(file, content)
    return file
  }

  async remove(): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined)
    this.#folder = undefined
    if (this.#atExit !== undefined) process.off('exit', this.#atExit)
    this.#atExit = undefined
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}
