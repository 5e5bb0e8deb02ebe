import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

export interface PackedObject {
  readonly type: 'commit' | 'tree' | 'blob'
  readonly content: Buffer
}

const typeNumbers = { commit: 1, tree: 2, blob: 3 } as const

/** A pack of whole objects, as `git index-pack` reads it (gitformat-pack): header, objects, SHA-1 of both. */
export function encodePack(objects: readonly PackedObject[]): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(objects.length, 8)
  const parts = [
    header,
    ...objects.flatMap(({ type, content }) => [sizeHeader(type, content.length), deflateSync(content)]),
  ]
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return Buffer.concat([...parts, hash.digest()])
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
