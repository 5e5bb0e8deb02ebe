import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commitTree, createBundle, type Repository, readFileAt, resolveCommit, unbundle } from '../src/index.ts'
import { opened, repositoryWith, sh, temporaryDirectory, treeWith } from './scene.ts'

async function scene(): Promise<{ repo: Repository; base: string; tip: string; file: string }> {
  const repo = await repositoryWith({ 'a.txt': '1' })
  const base = sh(repo.root, 'rev-parse', 'HEAD')
  const author = { name: 'Conduct', email: 'conduct@example.org' }
  let tip = base
  for (const n of [1, 2]) {
    const tree = treeWith(repo, { 'a.txt': `${n}`, [`new-${n}`]: 'x' })
    tip = await commitTree(repo, { tree, parents: [tip], message: `${n}`, author, at: '2026-01-01T00:00:00Z' })
  }
  return { repo, base, tip, file: join(temporaryDirectory(), 'commits.bundle') }
}

async function clone(repo: Repository, ...options: readonly string[]): Promise<Repository> {
  const copy = join(temporaryDirectory(), 'clone')
  sh(repo.root, 'clone', '-q', ...options, `file://${repo.root}`, copy)
  return opened(copy)
}

describe('bundles', () => {
  it('carry commits that no ref names to a clone that has their base, and no ref with them', async () => {
    const { repo, base, tip, file } = await scene()
    const refs = sh(repo.root, 'for-each-ref')
    expect(await createBundle(repo, { file, commit: tip, exclude: [base] })).toEqual({ kind: 'bundle' })
    expect(sh(repo.root, 'for-each-ref')).toBe(refs)
    const copy = await clone(repo)
    const copyRefs = sh(copy.root, 'for-each-ref')
    expect(await resolveCommit(copy, tip)).toBeUndefined()
    expect(await unbundle(copy, file)).toEqual({ kind: 'unbundled', commits: [tip] })
    expect(await readFileAt(copy, tip, 'a.txt')).toBe('2')
    expect(sh(copy.root, 'for-each-ref')).toBe(copyRefs)
    expect(sh(copy.root, 'fsck', '--connectivity-only', tip)).not.toContain('missing')
  })

  it('write nothing into a repository that has it all', async () => {
    const { repo, base, tip, file } = await scene()
    await createBundle(repo, { file, commit: tip, exclude: [base] })
    expect(await unbundle(repo, file)).toEqual({ kind: 'unbundled', commits: [tip] })
    expect(readdirSync(join(repo.commonDir, 'objects', 'pack'))).toEqual([])
  })

  it('carry a long history with a merge, a file that comes back and one that another branch had', async () => {
    const { repo, base, tip: first, file } = await scene()
    const author = { name: 'Conduct', email: 'conduct@example.org' }
    const at = '2026-01-01T00:00:00Z'
    const commit = (files: Readonly<Record<string, string>>, ...parents: readonly string[]): Promise<string> =>
      commitTree(repo, { tree: treeWith(repo, files), parents, message: 'next', author, at })
    const side = await commit({ 'a.txt': '1', side: 'side' }, base)
    let tip = await commit({ 'a.txt': '2', side: 'side' }, first, side)
    for (let at = 0; at < 70; at += 1) {
      tip = await commit(at % 2 === 0 ? { 'a.txt': '1' } : { 'a.txt': `${at}`, side: 'side' }, tip)
      expect(await createBundle(repo, { file, commit: tip, exclude: [base] })).toEqual({ kind: 'bundle' })
    }
    const copy = await clone(repo)
    expect(await unbundle(copy, file)).toEqual({ kind: 'unbundled', commits: [tip] })
    expect(sh(copy.root, 'rev-list', '--count', tip)).toBe(sh(repo.root, 'rev-list', '--count', tip))
    expect(sh(copy.root, 'fsck', '--connectivity-only', tip)).not.toContain('missing')
  })

  it('are empty, and no file, when nothing is left to carry', async () => {
    const { repo, base, tip, file } = await scene()
    expect(await createBundle(repo, { file, commit: base, exclude: [tip] })).toEqual({ kind: 'empty' })
    expect(await createBundle(repo, { file, commit: tip, exclude: [tip] })).toEqual({ kind: 'empty' })
    expect(existsSync(file)).toBe(false)
  })

  it('build on a base that is here without a ref, as one that was made from artifacts is', async () => {
    const { repo, base, tip, file } = await scene()
    const first = sh(repo.root, 'rev-parse', `${tip}^`)
    const firstFile = join(temporaryDirectory(), 'first.bundle')
    await createBundle(repo, { file: firstFile, commit: first, exclude: [base] })
    await createBundle(repo, { file, commit: tip, exclude: [first] })
    const copy = await clone(repo)
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'missing-commits', missing: [first] })
    expect((await unbundle(copy, firstFile)).kind).toBe('unbundled')
    expect((await unbundle(copy, file)).kind).toBe('unbundled')
  })

  it('reach a shallow clone', async () => {
    const { repo, tip, file } = await scene()
    sh(repo.root, 'commit', '-q', '--allow-empty', '-m', 'Second')
    const copy = await clone(repo, '--depth=1')
    const base = sh(copy.root, 'rev-parse', 'HEAD')
    const author = { name: 'Conduct', email: 'conduct@example.org' }
    const request = { tree: `${tip}^{tree}`, parents: [base], message: 'x', author, at: '2026-01-01T00:00:00Z' }
    const commit = await commitTree(repo, { ...request, tree: sh(repo.root, 'rev-parse', request.tree) })
    await createBundle(repo, { file, commit, exclude: [base] })
    expect(await unbundle(copy, file)).toEqual({ kind: 'unbundled', commits: [commit] })
    expect(await createBundle(copy, { file, commit, exclude: [base] })).toEqual({ kind: 'bundle' })
  })

  it('are refused when damaged, cut off, missing, or no bundle at all', async () => {
    const { repo, base, tip, file } = await scene()
    await createBundle(repo, { file, commit: tip, exclude: [base] })
    const copy = await clone(repo)
    const whole = readFileSync(file)
    const flipped = Buffer.from(whole)
    const at = flipped.length - 40
    flipped.writeUInt8(flipped.readUInt8(at) ^ 0xff, at)
    writeFileSync(file, flipped)
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'damaged' })
    writeFileSync(file, whole)
    truncateSync(file, whole.length - 10)
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'damaged' })
    writeFileSync(file, whole.toString('latin1').replaceAll(tip, '1'.repeat(40)), 'latin1')
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'damaged' })
    writeFileSync(file, 'hello')
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'not-a-bundle' })
    rmSync(file)
    expect(await unbundle(copy, file)).toMatchObject({ kind: 'refused', reason: 'not-a-bundle' })
    expect(await resolveCommit(copy, tip)).toBeUndefined()
  })
})
