import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeRepository, commitTree, isKept, type Repository, readHead, updateRef } from '../src/index.ts'
import { repositoryWith, sh, treeWith } from './scene.ts'

const ref = 'refs/conduct/spec/saved/x'
let repository: Repository
beforeEach(async () => {
  repository = await repositoryWith({ 'a.txt': 'a' })
})
afterEach(() => closeRepository(repository))

/** A commit on HEAD with a file of its own. */
async function commitWith(text: string): Promise<{ readonly commit: string; readonly base: string }> {
  const { commit: base } = await readHead(repository)
  const commit = await commitTree(repository, {
    tree: treeWith(repository, { 'a.txt': 'a', 'b.txt': text }),
    parents: [base],
    message: `${text}\n`,
    author: { name: 'p', email: 'p@example.com' },
    at: '2026-01-01T00:00:00Z',
  })
  return { commit, base }
}

describe('a commit that was just recorded', () => {
  it('is kept while its objects are there, loose and packed', async () => {
    const { commit, base } = await commitWith('b')
    expect(await isKept(repository, commit, [base])).toBe(true)
    await updateRef(repository, ref, commit, { reason: 'test' })
    sh(repository.root, 'gc', '--quiet', '--prune=now')
    expect(await isKept(repository, commit, [base])).toBe(true)
  })

  it('is not kept after a garbage collection deleted its loose objects', async () => {
    const { commit, base } = await commitWith('b')
    sh(repository.root, 'gc', '--quiet', '--prune=now')
    expect(await isKept(repository, commit, [base])).toBe(false)
  })

  it('is not kept where only a process of ours still reads the pack that had it', async () => {
    const { commit, base } = await commitWith('b')
    await updateRef(repository, ref, commit, { reason: 'test' })
    sh(repository.root, 'gc', '--quiet', '--prune=now')
    expect(await repository.objects.info(commit)).toBeDefined()
    await updateRef(repository, ref, undefined, { reason: 'test' })
    sh(repository.root, 'gc', '--quiet', '--prune=now')
    expect(await repository.objects.info(commit)).toBeDefined()
    expect(await isKept(repository, commit, [base])).toBe(false)
  })
})
