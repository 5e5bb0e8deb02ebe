import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { Oid, Repository } from './contract.ts'
import { type Difference, nothing } from './objects/tree-diff.ts'
import { differences } from './tree.ts'

export interface PatchOptions {
  /** Characters that the patch may have. */
  readonly most: number
  /** Whether a file that changed is of interest. */
  readonly isWanted: (path: string) => boolean
}

/** Larger files are named, not shown. */
const mostFileBytes = 128 * 1024
/** Finding more takes long, and nobody reads it. */
const mostEdits = 5_000
/** As git decides: whether a file is one for people to read. */
const headBytes = 8_000

/**
 * How `to` differs from `from`, as a unified patch for people and agents to read. Files that are not text or too large are named alone, and
 * so is what no longer fits. It cannot be applied.
 */
export async function readablePatch(
  repo: Repository,
  { from, to }: { readonly from: Oid; readonly to: Oid },
  { most, isWanted }: PatchOptions,
): Promise<string> {
  const parts: string[] = []
  const left: string[] = []
  let length = 0
  for (const change of await differences(repo, from, to)) {
    if (!isWanted(change.path)) continue
    const part = length < most ? await patchOf(repo, change) : undefined
    if (part === undefined || length + part.length > most) {
      left.push(change.path)
      continue
    }
    parts.push(part)
    length += part.length
  }
  if (left.length === 0) return parts.join('')
  const named = left.slice(0, 50).join(', ')
  return `${parts.join('')}[not shown: ${named}${left.length > 50 ? ` and ${left.length - 50} more` : ''}]\n`
}

async function patchOf(
  repo: Repository,
  { path, status, fromMode, toMode, fromOid, toOid }: Difference,
): Promise<string> {
  const [before, after] = await Promise.all([textOf(repo, fromMode, fromOid), textOf(repo, toMode, toOid)])
  if (before === undefined || after === undefined) return `${path}: ${status}, no text or too large to show\n`
  const names = [
    fromMode === nothing ? '/dev/null' : `a/${path}`,
    toMode === nothing ? '/dev/null' : `b/${path}`,
  ] as const
  const mode =
    fromMode !== nothing && toMode !== nothing && fromMode !== toMode ? `${path}: mode ${fromMode} → ${toMode}\n` : ''
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY, maxEditLength: mostEdits }
  const patch = createTwoFilesPatch(...names, before, after, undefined, undefined, options)
  return patch === undefined ? `${path}: ${status}, too different to show\n` : `${mode}${patch}`
}

/** Empty where there is no file; undefined for one that is not shown. */
async function textOf({ objects }: Repository, mode: string, oid: Oid): Promise<string | undefined> {
  if (mode === nothing) return ''
  if (!mode.startsWith('1') || mode === '160000') return undefined
  const info = await objects.info(oid)
  if (info === undefined || info.size > mostFileBytes) return undefined
  const content = await objects.content('blob', oid)
  return content.subarray(0, headBytes).includes(0) ? undefined : content.toString('utf8')
}
