import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  commitTree,
  createBundle,
  createWorktree,
  dirtyPaths,
  mergeTrees,
  processIdentity,
  type Repository,
  readFileAt,
  readHead,
  removeWorktree,
  snapshot,
  treeWithoutSpec,
  unbundle,
  updateRef,
  withFiles,
} from '../src/index.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

const author = { name: 'Conduct', email: 'conduct@example.org' }
const at = '2026-01-01T00:00:00Z'

/** One phase as conduct builds it: two modules in worktrees, their snapshots merged, the result committed and kept. */
async function buildPhase(repo: Repository): Promise<string> {
  const { commit: base, tree } = await readHead(repo)
  const home = temporaryDirectory()
  const owner = { run: 'run-1', ...(await processIdentity()) }
  const modules = await Promise.all(
    ['api', 'web'].map(async (name) => {
      const worktree = await createWorktree(repo, { path: join(home, name), commit: base, owner })
      write(worktree.path, { [`${name}/main.txt`]: name, '.spec/SPEC.md': 'tampered' })
      const taken = await snapshot(repo, { worktree: worktree.path, base: tree })
      if (taken.kind !== 'snapshot') throw new Error(JSON.stringify(taken))
      const commit = await commitTree(repo, { tree: taken.tree, parents: [base], message: name, author, at })
      await updateRef(repo, `refs/conduct/spec/module/${name}`, commit, { expected: null, reason: name })
      const file = join(home, `${name}.bundle`)
      await createBundle(repo, { file, commit, exclude: [base] })
      await unbundle(repo, file)
      return { path: worktree.path, tree: taken.tree, commit }
    }),
  )
  const [api, web] = modules
  if (api === undefined || web === undefined) throw new Error('no modules')
  const merged = await mergeTrees(repo, { base: tree, ours: api.tree, theirs: web.tree })
  const built = await withFiles(repo, merged.tree, { '.spec/phases/1/built.json': '{}' })
  await treeWithoutSpec(repo, built)
  const parents = [base, api.commit, web.commit]
  const accepted = await commitTree(repo, { tree: built, parents, message: 'Phase 1', author, at })
  await updateRef(repo, 'refs/conduct/spec/checkpoint/1', accepted, { expected: null, reason: 'checkpoint' })
  for (const module of modules) await removeWorktree(repo, module.path)
  return accepted
}

describe("what is the user's", () => {
  it('stays byte-identical while a phase is built: HEAD, index, config, refs, stash, hooks and files', async () => {
    const repo = await repositoryWith({ 'a.txt': '1', 'b.txt': '1', '.spec/SPEC.md': 's', '.gitignore': 'ignored\n' })
    write(repo.root, { 'a.txt': 'stashed' })
    sh(repo.root, 'stash')
    sh(repo.root, 'branch', 'topic')
    sh(repo.root, 'tag', '-a', 'v1', '-m', 'v1')
    sh(repo.root, 'config', 'core.autocrlf', 'input')
    sh(repo.root, 'config', 'commit.gpgsign', 'true')
    sh(repo.root, 'worktree', 'add', '-q', join(temporaryDirectory(), 'mine'), 'topic')
    write(repo.root, { 'a.txt': 'staged', ignored: 'x', 'untracked.txt': 'x' })
    sh(repo.root, 'add', 'a.txt')
    write(repo.root, { 'a.txt': 'staged and edited', 'b.txt': 'edited' })
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      writeFileSync(join(repo.gitDir, 'hooks', hook), `#!/bin/sh\ntouch ${repo.root}/hook-ran\n`)
      chmodSync(join(repo.gitDir, 'hooks', hook), 0o755)
    }
    const isOurs = (path: string): boolean => /^\.git\/(objects|refs\/conduct)(\/|$)/.test(path)
    const before = fingerprint(repo.root, isOurs)
    const accepted = await buildPhase(repo)
    await dirtyPaths(repo)
    expect(fingerprint(repo.root, isOurs)).toEqual(before)
    expect(await readFileAt(repo, accepted, '.spec/SPEC.md')).toBe('s')
    expect(await readFileAt(repo, accepted, 'web/main.txt')).toBe('web')
  })
})

describe('accepted work', () => {
  it('survives a full garbage collection after its worktrees are gone', async () => {
    const repo = await repositoryWith({ 'a.txt': '1', '.spec/SPEC.md': 's' })
    const accepted = await buildPhase(repo)
    sh(repo.root, 'reflog', 'expire', '--expire=now', '--all')
    sh(repo.root, 'gc', '-q', '--prune=now')
    expect(await readFileAt(repo, accepted, 'api/main.txt')).toBe('api')
    expect(sh(repo.root, 'fsck', '--full', '--strict')).toBe('')
    expect(sh(repo.root, 'rev-list', '--count', accepted)).toBe('4')
  })

  it('is the same commit when built again from the same base', async () => {
    const repo = await repositoryWith({ 'a.txt': '1', '.spec/SPEC.md': 's' })
    const first = await buildPhase(repo)
    for (const name of ['module/api', 'module/web', 'checkpoint/1'])
      sh(repo.root, 'update-ref', '-d', `refs/conduct/spec/${name}`)
    expect(await buildPhase(repo)).toBe(first)
  })
})
