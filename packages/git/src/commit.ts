import type { CommitRequest, Identity, Oid, Repository } from './contract.ts'
import { GitError } from './process/index.ts'

/**
 * Writes a commit object and nothing else: no ref, no hook, no signature, whatever the user's settings say. Equal
 * requests give equal commits.
 */
export async function commitTree(repo: Repository, request: CommitRequest): Promise<Oid> {
  const { tree, parents, author, at, message } = request
  const who = `${author.name} <${author.email}> ${secondsOf(at)} +0000`
  if (/[<>\n\0]/.test(author.name + author.email)) throw new GitError(`${JSON.stringify(author)} cannot sign a commit.`)
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    '',
    message,
  ]
  return repo.objects.writeCommit(Buffer.from(lines.join('\n')))
}

/** Author and committer as git reads them from its environment. */
export function signature(who: Identity, at: string): Record<string, string> {
  const date = `${secondsOf(at)} +0000`
  return {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: date,
  }
}

function secondsOf(at: string): number {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) throw new GitError(`${JSON.stringify(at)} is not an ISO 8601 time.`)
  return Math.floor(ms / 1000)
}
