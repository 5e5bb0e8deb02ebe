import { createHash } from 'node:crypto'
import { GitPipe, type GitPlace, gitText, type Parser, parseLines } from '@nx-conduct/git/process'
import type { Scratch } from './scratch.ts'

export interface FoundObject {
  readonly oid: string
  readonly type: string
  readonly content: Buffer
}

export interface TreeEntry {
  readonly name: string
  readonly oid: string
}

/** Takes one answer of `cat-file --batch`: `undefined` for an object that is not there. */
export const parseObject: Parser<FoundObject | undefined> = (arrived) => {
  const end = arrived.indexOf(10)
  if (end < 0) return { needs: arrived.length + 1 }
  const header = /^([0-9a-f]+) ([a-z]+) (\d+)$/.exec(arrived.toString('utf8', 0, end))
  if (!header) return { value: undefined, used: end + 1 }
  const [, oid = '', type = '', size = ''] = header
  const used = end + 1 + Number(size) + 1
  if (arrived.length < used) return { needs: used }
  return { value: { oid, type, content: arrived.subarray(end + 1, used - 1) }, used }
}

/** Reads and writes objects of one repository through long-lived git processes. What is written is durable when it resolves. */
export class ObjectStore {
  readonly #place: GitPlace
  readonly #scratch: Scratch
  readonly #blobs: GitPipe
  readonly #commits: GitPipe
  readonly #trees: GitPipe
  readonly #reader: GitPipe
  #algorithm: Promise<string> | undefined

  /** `scratch`: `hash-object` reads from files, so that it can stay alive between objects. */
  constructor(place: GitPlace, scratch: Scratch) {
    this.#place = place
    this.#scratch = scratch
    this.#blobs = new GitPipe(place, ['hash-object', '-w', '--no-filters', '--stdin-paths'])
    this.#commits = new GitPipe(place, ['hash-object', '-t', 'commit', '-w', '--no-filters', '--stdin-paths'])
    this.#trees = new GitPipe(place, ['mktree', '--missing', '--batch'])
    this.#reader = new GitPipe(place, ['cat-file', '--batch'])
  }

  /** The object that a name (ref, oid, `commit:path`) resolves to; `undefined` when there is none. */
  read(name: string): Promise<FoundObject | undefined> {
    return this.#reader.ask(`${name}\n`, parseObject)
  }

  /** `sha1` or `sha256`: the repository's object format. */
  algorithm(): Promise<string> {
    this.#algorithm ??= gitText(this.#place, ['rev-parse', '--show-object-format']).then((format) => format.trim())
    return this.#algorithm
  }

  /** The id an object has, without writing it: lets independent objects be written side by side. */
  async idOf(type: 'blob' | 'tree' | 'commit', content: Buffer): Promise<string> {
    return createHash(await this.algorithm())
      .update(`${type} ${content.length}\0`)
      .update(content)
      .digest('hex')
  }

  /** The id of a tree of plain files. */
  treeId(entries: readonly TreeEntry[]): Promise<string> {
    return this.idOf(
      'tree',
      Buffer.concat(entries.flatMap(({ name, oid }) => [Buffer.from(`100644 ${name}\0`), Buffer.from(oid, 'hex')])),
    )
  }

  /** Writes a blob. `slot` names the scratch file: two blobs under way at once need two. */
  writeBlob(content: Buffer, slot: string): Promise<string> {
    return this.#writeFrom(this.#blobs, content, slot)
  }

  writeCommit(content: Buffer): Promise<string> {
    return this.#writeFrom(this.#commits, content, 'commit')
  }

  /** Writes a tree of plain files, given in the order of their names. */
  async writeTree(entries: readonly TreeEntry[]): Promise<string> {
    const lines = entries.map(({ name, oid }) => `100644 blob ${oid}\t${name}\n`)
    const [oid = ''] = await this.#trees.ask(`${lines.join('')}\n`, parseLines(1))
    return oid
  }

  async close(): Promise<void> {
    await Promise.all([this.#blobs, this.#commits, this.#trees, this.#reader].map((process) => process.close()))
  }

  async #writeFrom(process: GitPipe, content: Buffer, slot: string): Promise<string> {
    const file = await this.#scratch.write(slot, content)
    const [oid = ''] = await process.ask(`${file}\n`, parseLines(1))
    return oid
  }
}
