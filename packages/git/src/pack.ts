import { createHash } from 'node:crypto'
import { deflateSync, type ZlibOptions } from 'node:zlib'

export interface PackedObject {
  readonly type: 'commit' | 'tree' | 'blob'
  readonly content: Buffer
}

const typeNumbers = { commit: 1, tree: 2, blob: 3 } as const

/** A pack of entries of `encodeEntry`, as `git index-pack` reads it (gitformat-pack): header, entries, SHA-1 of both. */
export function encodePack(entries: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(entries.length, 8)
  const parts = [header, ...entries]
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return Buffer.concat([...parts, hash.digest()])
}

/** One whole object in a pack. */
export function encodeEntry({ type, content }: PackedObject): Buffer {
  return Buffer.concat([sizeHeader(type, content.length), deflateSync(content, windowFor(content.length))])
}

/** Most objects are small, and setting up the largest window takes several times as long as compressing them. */
function windowFor(bytes: number): ZlibOptions {
  return bytes <= 1024 ? { windowBits: 10, memLevel: 4 } : {}
}

/** Type and size: four bits of the size beside the type, then seven at a time, the lowest first. */
function sizeHeader(type: PackedObject['type'], size: number): Buffer {
  const bytes = [(typeNumbers[type] << 4) | (size & 0x0f)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
    bytes.push(rest & 0x7f)
  }
  return Buffer.from(bytes)
}
