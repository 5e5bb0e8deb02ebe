import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GitError, type GitPlace, gitText, isAbsentRef, type ObjectPipes } from '@nx-conduct/git/process'

/** What a ref points at. A damaged ref is no missing ref: work must not vanish silently. */
export type Tip =
  | { readonly kind: 'none' }
  | { readonly kind: 'at'; readonly oid: string }
  /** The ref's file is there and holds no object id. */
  | { readonly kind: 'damaged-ref'; readonly file: string }

export async function readTip(place: GitPlace, objects: ObjectPipes, ref: string): Promise<Tip> {
  try {
    const found = await objects.read(ref)
    if (found) return { kind: 'at', oid: found.oid }
  } catch (error) {
    // git ends at a damaged object; the ref itself may be whole.
    if (!(error instanceof GitError)) throw error
  }
  if (await isAbsentRef(place.gitDir, ref)) return { kind: 'none' }
  const oid = (await gitText(place, ['for-each-ref', '--format=%(objectname)', ref])).trim()
  if (oid !== '') return { kind: 'at', oid }
  const file = join(place.gitDir, ...ref.split('/'))
  const holds = await readFile(file, 'utf8').catch(() => undefined)
  return holds === undefined || /^[0-9a-f]{40,64}\n$/.test(holds) ? { kind: 'none' } : { kind: 'damaged-ref', file }
}

/** Takes a damaged ref of ours out of the way, as git cannot replace what it cannot read. */
export async function removeDamagedRef(tip: Extract<Tip, { kind: 'damaged-ref' }>): Promise<void> {
  await rm(tip.file, { force: true })
}
