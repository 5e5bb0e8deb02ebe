import type { Oid, Repository } from './contract.ts'
import { GitError } from './process/index.ts'

export interface CommitRecord {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly authorEmail: string
  /** When it was authored, ISO 8601 in UTC. */
  readonly at: string
  readonly message: string
}

/** The fields of a commit. Throws when there is none of that id. */
export async function readCommit({ objects }: Repository, commit: Oid): Promise<CommitRecord> {
  const content = await objects.content('commit', commit)
  const end = content.indexOf('\n\n')
  const headers = content.toString('utf8', 0, end).split('\n')
  const values = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  const [tree] = values('tree')
  const author = /<([^>]*)> (\d+) [+-]\d{4}$/.exec(values('author')[0] ?? '')
  if (end < 0 || tree === undefined || author === null) throw new GitError(`The commit ${commit} cannot be read.`)
  const [, authorEmail = '', seconds = ''] = author
  const message = content
    .toString('utf8', end + 2)
    .trimEnd()
    .concat('\n')
  return { tree, parents: values('parent'), authorEmail, at: new Date(Number(seconds) * 1000).toISOString(), message }
}
