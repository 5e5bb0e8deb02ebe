import { createHash } from 'node:crypto'
import type { GitPlace } from './environment.ts'
import { GitError } from './git-error.ts'
import { GitPipe, type Parser, parseLines } from './git-pipe.ts'
import { gitLine } from './run-git.ts'

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag'

export interface ObjectInfo {
  readonly oid: string
  readonly type: string
  /** Bytes. */
  readonly size: number
}

export interface FoundObject {
  readonly oid: string
  readonly type: string
  readonly content: Buffer
}

export interface TreeEntry {
  /** Octal digits, as a tree has them: `100644`, `100755`, `120000`, `40000` or `160000`. */
  readonly mode: string
  /** The bytes of the name, one character each (latin1), so that any name leads back to its entry. */
  readonly name: string
  readonly oid: string
}

/** Writes a file for git to read, and returns its absolute path. A later file of the same name replaces it. */
export interface ScratchFiles {
  write(name: string, content: Buffer): Promise<string>
}

/** Processes that were not needed for this long end; the next request starts them again. */
const idleMs = 10_000

/** Takes one answer of `cat-file`: `undefined` for an object that is not there. */
export const parseObject: Parser<FoundObject | undefined> = (arrived) => {
  const info = parseInfo(arrived)
  if ('needs' in info) return info
  if (info.value === undefined) return { value: undefined, used: info.used }
  const { oid, type, size } = info.value
  const used = info.used + size + 1
  if (arrived.length < used) return { needs: used }
  return { value: { oid, type, content: arrived.subarray(info.used, used - 1) }, used }
}

/** Takes the first line of such an answer. */
export const parseInfo: Parser<ObjectInfo | undefined> = (arrived) => {
  const end = arrived.indexOf(10)
  if (end < 0) return { needs: arrived.length + 1 }
  const header = /^([0-9a-f]+) ([a-z]+) (\d+)$/.exec(arrived.toString('utf8', 0, end))
  if (!header) return { value: undefined, used: end + 1 }
  const [, oid = '', type = '', size = ''] = header
  return { value: { oid, type, size: Number(size) }, used: end + 1 }
}

/**
 * Reads and writes objects of one repository through long-lived git processes, which start with the first request. What is
 * written is on the disk when it resolves. Reads see refs and objects as they are now, also after a `git gc`.
 */
export class ObjectPipes {
  readonly #place: GitPlace
  readonly #scratch: ScratchFiles
  readonly #writers: Record<'blob' | 'commit', GitPipe>
  readonly #trees: GitPipe
  readonly #reader: GitPipe
  #algorithm: Promise<string> | undefined
  /** Names of scratch files that no write uses now, and how many there are in all. */
  readonly #freeFiles: string[] = []
  #files = 0

  /** `scratch`: `hash-object` reads from files, so that it can stay alive between objects. */
  constructor(place: GitPlace, scratch: ScratchFiles) {
    this.#place = place
    this.#scratch = scratch
    const writer = (type: string) =>
      new GitPipe(place, ['hash-object', '-t', type, '-w', '--no-filters', '--stdin-paths'], { idleMs })
    this.#writers = { blob: writer('blob'), commit: writer('commit') }
    this.#trees = new GitPipe(place, ['mktree', '-z', '--missing', '--batch'], { idleMs })
    this.#reader = new GitPipe(place, ['cat-file', '--batch-command'], { idleMs })
  }

  /** The object that a name (ref, oid, `commit:path`) resolves to; `undefined` when there is none. */
  async read(name: string): Promise<FoundObject | undefined> {
    return isOneLine(name) ? this.#reader.ask(`contents ${name}\n`, parseObject) : undefined
  }

  /** What a name resolves to, without its content; `undefined` when there is nothing. */
  async info(name: string): Promise<ObjectInfo | undefined> {
    return isOneLine(name) ? this.#reader.ask(`info ${name}\n`, parseInfo) : undefined
  }

  /** `sha1` or `sha256`: the repository's object format. */
  algorithm(): Promise<string> {
    const known = this.#algorithm ?? gitLine(this.#place, ['rev-parse', '--show-object-format'])
    this.#algorithm = known
    known.catch(() => {
      this.#algorithm = undefined
    })
    return known
  }

  /** The id an object has, without writing it: lets independent objects be written side by side. */
  async idOf(type: ObjectType, content: Buffer): Promise<string> {
    return createHash(await this.algorithm())
      .update(`${type} ${content.length}\0`)
      .update(content)
      .digest('hex')
  }

  writeBlob(content: Buffer): Promise<string> {
    return this.#write('blob', content)
  }

  writeCommit(content: Buffer): Promise<string> {
    return this.#write('commit', content)
  }

  /** Writes a tree. Entries may come in any order and may name objects that are not there. */
  async writeTree(entries: readonly TreeEntry[]): Promise<string> {
    const lines = entries.map(({ mode, name, oid }) => `${mode.padStart(6, '0')} ${typeOf(mode)} ${oid}\t${name}\0`)
    const [oid = ''] = await this.#trees.ask(Buffer.from(`${lines.join('')}\0`, 'latin1'), parseLines(1))
    return oid
  }

  async close(): Promise<void> {
    const pipes = [this.#writers.blob, this.#writers.commit, this.#trees, this.#reader]
    await Promise.all(pipes.map((pipe) => pipe.close()))
  }

  async #write(type: 'blob' | 'commit', content: Buffer): Promise<string> {
    // Two objects under way at once need two files.
    let name = this.#freeFiles.pop()
    if (name === undefined) {
      this.#files += 1
      name = `object-${this.#files}`
    }
    try {
      const file = await this.#scratch.write(name, content)
      const [oid = ''] = await this.#writers[type].ask(`${file}\n`, parseLines(1))
      return oid
    } finally {
      this.#freeFiles.push(name)
    }
  }
}

/** The entries of a tree object. */
export function parseTree(content: Buffer, oidBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const end = content.indexOf(0, space)
    const next = end + 1 + oidBytes
    if (space < 0 || end < 0 || next > content.length) throw new GitError('A tree object cannot be read.')
    entries.push({
      mode: content.toString('latin1', at, space),
      name: content.toString('latin1', space + 1, end),
      oid: content.toString('hex', end + 1, next),
    })
    at = next
  }
  return entries
}

/** The content of a tree object with these entries, in their order. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(oid, 'hex')]),
  )
}

function typeOf(mode: string): string {
  if (mode === '40000' || mode === '040000') return 'tree'
  return mode === '160000' ? 'commit' : 'blob'
}

/** A request is one line: no other name can be asked for, and none exists. */
function isOneLine(name: string): boolean {
  return name !== '' && !/[\n\0]/.test(name)
}
