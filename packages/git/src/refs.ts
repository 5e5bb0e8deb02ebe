import { setTimeout as delay } from 'node:timers/promises'
import type { NamedRef, Oid, RefUpdate, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import {
  firstLine,
  GitError,
  git,
  isAbsentRef,
  type RefChange,
  type RefOverwrite,
  transactRefs,
} from './process/index.ts'

/** What a full ref name (`refs/…`) points at; undefined when it does not exist. */
export async function readRef(repo: Repository, ref: string): Promise<Oid | undefined> {
  mustBeFullName(ref)
  const found = await repo.objects.info(ref)
  if (found !== undefined) return found.oid
  if (await isAbsentRef(repo.commonDir, ref)) return undefined
  // The ref may be there and its object not.
  const result = await git(placeOf(repo), ['rev-parse', '--verify', '--quiet', ref], { exits: [0, 1] })
  return result.exitCode === 0 ? firstLine(result.stdout) : undefined
}

/** The refs at or below `prefix` (whole path components), by name. */
export async function listRefs(repo: Repository, prefix: string): Promise<NamedRef[]> {
  mustBeFullName(prefix)
  const format = '--format=%(objectname) %(refname)'
  const { stdout } = await git(placeOf(repo), ['for-each-ref', format, prefix])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ')
      return { oid: line.slice(0, space), ref: line.slice(space + 1) }
    })
}

/**
 * Points `ref` at `newOid`, or deletes it when that is undefined. With `expected`, only if the ref is there now (`null`:
 * only if it does not exist): false says that it was not, and nothing was changed. Everything else that goes wrong throws.
 */
export async function updateRef(
  repo: Repository,
  ref: string,
  newOid: Oid | undefined,
  update: RefUpdate,
): Promise<boolean> {
  mustBeFullName(ref)
  if (newOid === undefined && update.expected === null) return (await readRef(repo, ref)) === undefined
  const waitsMs = [10, 20, 40, 80, 160, 320]
  for (;;) {
    const change = changeOf(ref, newOid, update.expected)
    const outcome = ref.startsWith('refs/conduct/')
      ? await repo.ownRefs.transact([change])
      : await transactRefs(placeOf(repo), [change], update.reason)
    if (outcome.kind === 'done') return true
    if (update.expected !== undefined && (await readRef(repo, ref)) !== (update.expected ?? undefined)) return false
    const waitMs = outcome.kind === 'locked' ? waitsMs.shift() : undefined
    if (waitMs === undefined) throw new GitError(outcome.message)
    await delay(waitMs)
  }
}

function changeOf(ref: string, to: Oid | undefined, expected: Oid | null | undefined): RefChange | RefOverwrite {
  if (to === undefined) {
    return typeof expected === 'string' ? { kind: 'delete', ref, from: expected } : { kind: 'remove', ref }
  }
  return expected === undefined ? { kind: 'overwrite', ref, to } : { kind: 'set', ref, to, from: expected ?? undefined }
}

function mustBeFullName(ref: string): void {
  if (!/^refs\/[^-\0\n][^\0\n]*$/.test(ref)) {
    throw new GitError(`${JSON.stringify(ref)} is not a full ref name.`, { hint: 'Full names begin with refs/.' })
  }
}
