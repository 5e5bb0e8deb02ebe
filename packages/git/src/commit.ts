import type { CommitRequest, Identity, Oid, Repository } from './contract.ts'
import { placeOf } from './place.ts'
import { GitError, gitLine } from './process/index.ts'

/**
 * Writes a commit object and nothing else: no ref, no hook, no signature, whatever the user's settings say. Equal
 * requests give equal commits.
 */
export async function commitTree(repo: Repository, request: CommitRequest): Promise<Oid> {
  return gitLine(
    placeOf(repo),
    ['commit-tree', request.tree, ...request.parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
    {
      input: request.message,
      env: signature(request.author, request.at),
      config: ['i18n.commitEncoding=utf-8'],
    },
  )
}

/** Author and committer as git reads them from its environment. */
export function signature(who: Identity, at: string): Record<string, string> {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) throw new GitError(`${JSON.stringify(at)} is not an ISO 8601 time.`)
  const date = `${Math.floor(ms / 1000)} +0000`
  return {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: date,
  }
}
