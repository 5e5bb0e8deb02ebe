import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createWorktree,
  listFiles,
  listWorktrees,
  processIdentity,
  readHead,
  resolveCommit,
  sweepWorktrees,
} from '../src/index.ts'
import { abandoned, sweepOptions as options } from './abandoned.ts'
import { actorDirectory, buildActor, spawnActor } from './actor.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

beforeAll(buildActor)
afterAll(() => rmSync(actorDirectory, { recursive: true, force: true }))

describe('sweepWorktrees', () => {
  it('removes what nobody worked in, and saves the rest on a ref before it does', async () => {
    const { repo, paths } = await abandoned('idle', 'busy')
    const [idle = '', busy = ''] = paths
    write(busy, { 'a.txt': '2', 'new\nfile': 'x', ignored: 'x' })
    const swept = await sweepWorktrees(repo, options)
    expect(swept).toHaveLength(2)
    expect(swept.find(({ path }) => path === idle)?.kind).toBe('removed')
    const saved = swept.find(({ path }) => path === busy)
    if (saved?.kind !== 'saved') throw new Error(JSON.stringify(saved))
    expect(saved.ref).toBe('refs/conduct/spec/saved/w')
    expect(await resolveCommit(repo, saved.ref)).toBe(saved.commit)
    expect(await listFiles(repo, saved.commit)).toEqual(['.gitignore', 'a.txt', 'new\nfile'])
    expect(sh(repo.root, 'rev-parse', `${saved.commit}^`)).toBe((await readHead(repo)).commit)
    for (const path of paths) expect(existsSync(path)).toBe(false)
    expect(existsSync(join(repo.commonDir, 'worktrees'))).toBe(false)
    expect(await sweepWorktrees(repo, options)).toEqual([])
  })

  it('saves what somebody committed there on no branch', async () => {
    const { repo, paths } = await abandoned('committed', 'branched')
    const [committed = '', branched = ''] = paths
    sh(branched, 'switch', '--quiet', '--create', 'theirs')
    const commits = paths.map((path) => {
      write(path, { 'a.txt': path })
      sh(path, 'commit', '--quiet', '--all', '--message', 'Of a person')
      return sh(path, 'rev-parse', 'HEAD')
    })
    const swept = await sweepWorktrees(repo, options)
    expect(swept.find(({ path }) => path === committed)).toMatchObject({ kind: 'saved', commit: commits[0] })
    expect(sh(repo.root, 'rev-parse', 'refs/conduct/spec/saved/w')).toBe(commits[0])
    expect(swept.find(({ path }) => path === branched)?.kind).toBe('removed')
    expect(sh(repo.root, 'rev-parse', 'theirs')).toBe(commits[1])
  })

  it('does not wait for a pipe of rules, and lets the rules of the base hide what they hid', async () => {
    const { repo, paths } = await abandoned('busy')
    const [busy = ''] = paths
    write(busy, { 'new.txt': 'x', ignored: 'x' })
    unlinkSync(join(busy, '.gitignore'))
    execFileSync('mkfifo', [join(busy, '.gitignore')])
    const [saved] = await sweepWorktrees(repo, options)
    if (saved?.kind !== 'saved') throw new Error(JSON.stringify(saved))
    expect(await listFiles(repo, saved.commit)).toEqual(['.gitignore', 'a.txt', 'new.txt'])
    expect(existsSync(busy)).toBe(false)
  })

  it('never overwrites what an earlier sweep saved', async () => {
    const { repo, paths } = await abandoned('one', 'two')
    for (const path of paths) write(path, { 'a.txt': path })
    const refs = (await sweepWorktrees(repo, options)).map((entry) => (entry.kind === 'saved' ? entry.ref : entry.kind))
    expect(refs.sort()).toEqual(['refs/conduct/spec/saved/w', 'refs/conduct/spec/saved/w-2'])
  })

  it('leaves the living, the kept and the foreign alone', async () => {
    const { repo, paths } = await abandoned('kept')
    const alive = join(temporaryDirectory(), 'alive')
    const { commit } = await readHead(repo)
    await createWorktree(repo, { path: alive, commit, owner: { run: 'run-2', ...(await processIdentity()) } })
    const mine = join(temporaryDirectory(), 'mine')
    sh(repo.root, 'worktree', 'add', '-q', '--detach', mine)
    expect(await sweepWorktrees(repo, { ...options, keep: (owner) => owner.run === 'run-1' })).toEqual([])
    for (const path of [...paths, alive, mine]) expect(existsSync(join(path, 'a.txt'))).toBe(true)
    expect(await listWorktrees(repo)).toHaveLength(4)
  })

  it('saves files out of a damaged worktree: a replaced .git and nested repositories become plain files', async () => {
    const { repo, paths } = await abandoned('damaged')
    const [path = ''] = paths
    unlinkSync(join(path, '.git'))
    sh(path, 'init', '-q')
    write(path, { 'nested/file': 'x', 'nested/.git/HEAD': 'ref: refs/heads/x\n', 'a.txt': '2' })
    const [saved] = await sweepWorktrees(repo, options)
    if (saved?.kind !== 'saved') throw new Error(JSON.stringify(saved))
    const files = await listFiles(repo, saved.commit)
    expect(files).toContain('nested/file')
    expect(files).toContain('nested/saved-git-1/HEAD')
    expect(files).toContain('saved-git-2/HEAD')
    expect(existsSync(path)).toBe(false)
  })

  it('clears one whose directory is gone or was emptied', async () => {
    const { repo, paths } = await abandoned('gone', 'emptied')
    const [gone = '', emptied = ''] = paths
    rmSync(gone, { recursive: true })
    for (const name of readdirSync(emptied)) rmSync(join(emptied, name), { recursive: true })
    const kinds = (await sweepWorktrees(repo, options)).map(({ kind }) => kind)
    expect(kinds).toEqual(['removed', 'removed'])
    expect(await listWorktrees(repo)).toHaveLength(1)
  })

  it('clears what a killed git left half-registered', async () => {
    const { repo, paths } = await abandoned('half')
    const [path = ''] = paths
    const adminDir = join(repo.commonDir, 'worktrees', 'half')
    for (const name of readdirSync(adminDir)) if (name !== 'locked') rmSync(join(adminDir, name), { recursive: true })
    rmSync(path, { recursive: true })
    expect(await sweepWorktrees(repo, options)).toEqual([])
    expect(existsSync(adminDir)).toBe(false)
    await createWorktree(repo, {
      path,
      commit: (await readHead(repo)).commit,
      owner: { run: 'run-2', ...(await processIdentity()) },
    })
    expect(sh(path, 'status', '--porcelain')).toBe('')
  })

  it('finishes a removal that was killed half-way', async () => {
    const { repo, paths } = await abandoned('half', 'whole')
    const aside = join(repo.commonDir, 'nx-conduct.leaving.half')
    renameSync(join(repo.commonDir, 'worktrees', 'half'), aside)
    unlinkSync(join(aside, 'locked'))
    rmSync(paths[0] ?? '', { recursive: true })
    await sweepWorktrees(repo, options)
    expect(existsSync(aside)).toBe(false)
    expect(existsSync(join(repo.commonDir, 'worktrees'))).toBe(false)
  })

  it('clears the half-made worktree of a killed process without calling it work', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const before = fingerprint(repo.commonDir)
    const path = join(temporaryDirectory(), 'w')
    await once(spawnActor(repo, { create: [path], kill: { at: 'read-tree', when: 'before' } }), 'exit')
    writeFileSync(join(path, 'half-written'), '')
    expect((await sweepWorktrees(repo, options)).map(({ kind }) => kind)).toEqual(['removed'])
    expect(existsSync(path)).toBe(false)
    expect(fingerprint(repo.commonDir)).toEqual(before)
  })
})
