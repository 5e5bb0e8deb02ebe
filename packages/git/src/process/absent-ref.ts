import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether a ref is certainly not there: neither as a file nor in `packed-refs`. False where refs are kept in another way, and for
 * whatever else only git can tell.
 */
export async function isAbsentRef(commonDir: string, ref: string): Promise<boolean> {
  const isMissing = (path: string): Promise<boolean> =>
    lstat(path).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
    )
  if (!(await isMissing(join(commonDir, 'reftable'))) || !(await isMissing(join(commonDir, ...ref.split('/')))))
    return false
  const packed = await readFile(join(commonDir, 'packed-refs'), 'latin1').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : undefined,
  )
  return packed !== undefined && !packed.includes(` ${Buffer.from(ref).toString('latin1')}\n`)
}
