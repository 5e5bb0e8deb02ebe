import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from './contract.ts'

const HEADER_BYTES = 12
const HASHES = [
  ['sha1', 20],
  ['sha256', 32],
] as const

/**
 * Why the index of a checkout cannot be what git wrote; undefined when it is whole, or not there, which git takes for
 * empty. git itself looks at the checksum only in `fsck`, and takes the remains of an index that was cut off for all of it.
 */
export async function indexDamage(repo: Repository): Promise<string | undefined> {
  let index: Buffer
  try {
    index = await readFile(join(repo.gitDir, 'index'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (index.length < HEADER_BYTES + 20) return `it is ${index.length} bytes long`
  if (index.toString('latin1', 0, 4) !== 'DIRC') return 'it does not begin as an index does'
  const isWhole = HASHES.some(([algorithm, length]) => {
    const sum = index.subarray(-length)
    // All zeros with `index.skipHash`.
    return (
      sum.every((byte) => byte === 0) || sum.equals(createHash(algorithm).update(index.subarray(0, -length)).digest())
    )
  })
  return isWhole ? undefined : 'its checksum is wrong'
}
