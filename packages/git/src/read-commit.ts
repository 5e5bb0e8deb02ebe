import type { Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { git } from './process/index.ts'

export interface CommitRecord {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly authorEmail: string
  /** When it was authored, ISO 8601. */
  readonly at: string
  readonly message: string
}

/** The fields of a commit. Throws when there is none by that name. */
export async function readCommit(repo: Repository, commit: Oid): Promise<CommitRecord> {
  const { stdout } = await git(placeOf(repo), [
    'show',
    '--no-patch',
    '--no-notes',
    '--no-show-signature',
    '--format=%T%x00%P%x00%ae%x00%aI%x00%B',
    commit,
    '--',
  ])
  const [tree = '', parents = '', authorEmail = '', at = '', message = ''] = stdout.split('\0')
  return { tree, parents: parents.split(' ').filter(Boolean), authorEmail, at, message: message.trimEnd().concat('\n') }
}
