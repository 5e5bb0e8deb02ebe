import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { advanceBranch, type Repository } from '../src/index.ts'
import { repositoryWith, sh, temporaryDirectory } from './scene.ts'

/** A file whose index entry and later edit are of one second and one size: only its contents tell that it was changed. */
async function editedUnseen(repo: Repository, file: string): Promise<void> {
  const path = join(repo.root, file)
  for (;;) {
    await sleep(1_000 - (Date.now() % 1_000) + 5)
    const second = Math.floor(Date.now() / 1_000)
    writeFileSync(path, 'one\n')
    sh(repo.root, 'update-index', '--refresh')
    writeFileSync(path, 'own\n')
    if (Math.floor(Date.now() / 1_000) === second) break
  }
  // What follows happens in another second.
  await sleep(1_000 - (Date.now() % 1_000) + 5)
}

/** As a commit that changes a file, made beside the checkout. */
function commitWith(
  repo: Repository,
  file: string,
): { readonly branch: string; readonly from: string; readonly to: string } {
  const from = sh(repo.root, 'rev-parse', 'HEAD')
  const side = join(temporaryDirectory(), 'side')
  sh(repo.root, 'worktree', 'add', '-q', '--detach', side)
  writeFileSync(join(side, file), 'two\n')
  sh(side, 'commit', '-q', '--all', '-m', 'Built')
  const to = sh(side, 'rev-parse', 'HEAD')
  sh(repo.root, 'worktree', 'remove', side)
  return { branch: 'main', from, to }
}

it('an edit in the second in which its file was checked out is not overwritten', async () => {
  const repo = await repositoryWith({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
  const request = commitWith(repo, 'a.txt')
  await editedUnseen(repo, 'a.txt')
  expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'refused', reason: 'dirty', paths: ['a.txt'] })
  expect(readFileSync(join(repo.root, 'a.txt'), 'utf8')).toBe('own\n')
})

it('nor does git take another such edit for none afterwards', async () => {
  const repo = await repositoryWith({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
  const request = commitWith(repo, 'a.txt')
  await editedUnseen(repo, 'b.txt')
  expect(await advanceBranch(repo, request)).toMatchObject({ kind: 'advanced' })
  expect(readFileSync(join(repo.root, 'b.txt'), 'utf8')).toBe('own\n')
  expect(sh(repo.root, 'status', '--porcelain')).toContain('M b.txt')
})
