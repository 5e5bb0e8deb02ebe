import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createWorktree,
  isAlive,
  listWorktrees,
  NotOurWorktreeError,
  processIdentity,
  type Repository,
  removeWorktree,
  resolveCommit,
  type WorktreeOwner,
  worktreeIsIntact,
} from '../src/index.ts'
import { actorDirectory, buildActor, spawnActor } from './actor.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory, write } from './scene.ts'

beforeAll(buildActor)
afterAll(() => rmSync(actorDirectory, { recursive: true, force: true }))

async function owner(): Promise<WorktreeOwner> {
  return { run: 'run-1', ...(await processIdentity()) }
}

async function head(repo: Repository): Promise<string> {
  const commit = await resolveCommit(repo, 'HEAD')
  if (commit === undefined) throw new Error('no HEAD')
  return commit
}

describe('createWorktree', () => {
  it('checks the commit out on a detached HEAD, locked with its owner', async () => {
    const repo = await repositoryWith({ 'a.txt': '1', 'dir/b\nc': '2' })
    const path = join(temporaryDirectory(), 'new', 'work tree')
    const worktree = await createWorktree(repo, { path, commit: await head(repo), owner: await owner() })
    expect(worktree.path).toBe(path)
    expect(readFileSync(join(path, 'dir/b\nc'), 'utf8')).toBe('2')
    expect(sh(path, 'status', '--porcelain')).toBe('')
    expect((await listWorktrees(repo))[1]).toEqual({
      path,
      commit: await head(repo),
      locked: true,
      owner: await owner(),
    })
    expect(await worktreeIsIntact(repo, path)).toBe(true)
    expect(sh(repo.root, 'branch')).toBe('* main')
    await removeWorktree(repo, path)
    expect(existsSync(path)).toBe(false)
    expect(sh(repo.root, 'worktree', 'list').split('\n')).toHaveLength(1)
    expect(existsSync(join(repo.commonDir, 'worktrees'))).toBe(false)
    await removeWorktree(repo, path)
  })

  it('makes sixteen at once, also while config.lock is held, and leaves nothing behind', async () => {
    const repo = await repositoryWith(
      Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`d${n % 5}/f${n}`, `${n}`])),
    )
    const before = fingerprint(repo.commonDir)
    const home = temporaryDirectory()
    writeFileSync(join(repo.commonDir, 'config.lock'), '')
    const commit = await head(repo)
    const who = await owner()
    const made = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        createWorktree(repo, { path: join(home, `w${n}`, 'tree'), commit, owner: who }),
      ),
    )
    for (const { path } of made) expect(sh(path, 'status', '--porcelain')).toBe('')
    expect(await listWorktrees(repo)).toHaveLength(17)
    await Promise.all(made.map(({ path }) => removeWorktree(repo, path)))
    rmSync(join(repo.commonDir, 'config.lock'))
    expect(fingerprint(repo.commonDir)).toEqual(before)
    expect(sh(repo.root, 'branch', '--all')).toBe('* main')
  })

  it('can be listed at any moment while others are made and removed', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const home = temporaryDirectory()
    const commit = await head(repo)
    const who = await owner()
    let isBusy = true
    const listing = (async () => {
      let listed = 0
      for (; isBusy; listed += 1) expect((await listWorktrees(repo))[0]?.path).toBe(repo.root)
      return listed
    })()
    const cycle = async (n: number): Promise<void> => {
      for (let round = 0; round < 4; round += 1) {
        const path = join(home, `w${n}-${round}`)
        await createWorktree(repo, { path, commit, owner: who })
        await removeWorktree(repo, path)
      }
    }
    await Promise.all([0, 1, 2, 3].map(cycle)).finally(() => {
      isBusy = false
    })
    expect(await listing).toBeGreaterThan(3)
  })

  it('works for several processes at once', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const home = temporaryDirectory()
    const codes = await Promise.all(
      Array.from({ length: 4 }, async (_, n) => {
        const child = spawnActor(repo, { create: [0, 1, 2, 3].map((m) => join(home, `p${n}-${m}`)) })
        const [code] = await once(child, 'exit')
        return code
      }),
    )
    expect(codes).toEqual([0, 0, 0, 0])
    expect(await listWorktrees(repo)).toHaveLength(17)
    expect(readdirSync(repo.commonDir).filter((name) => name.includes('nx-conduct'))).toEqual([])
  })

  it('leaves what is already at its path alone', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const path = join(temporaryDirectory(), 'taken')
    write(path, { 'mine.txt': 'x' })
    const request = { path, commit: await head(repo), owner: await owner() }
    await expect(createWorktree(repo, request)).rejects.toThrow(/already something/)
    expect(fingerprint(path)).toHaveProperty('mine.txt')
    const second = { ...request, path: join(temporaryDirectory(), 'w') }
    await createWorktree(repo, second)
    await expect(createWorktree(repo, second)).rejects.toThrow(/already a worktree of run run-1/)
    expect(await worktreeIsIntact(repo, second.path)).toBe(true)
    expect(await listWorktrees(repo)).toHaveLength(2)
  })

  it('leaves nothing when the commit does not exist or cannot be checked out', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const home = temporaryDirectory()
    const who = await owner()
    await expect(createWorktree(repo, { path: join(home, 'w'), commit: '1'.repeat(40), owner: who })).rejects.toThrow()
    const blob = sh(repo.root, 'rev-parse', 'HEAD:a.txt')
    unlinkSync(join(repo.commonDir, 'objects', blob.slice(0, 2), blob.slice(2)))
    await expect(
      createWorktree(repo, { path: join(home, 'w'), commit: await head(repo), owner: who }),
    ).rejects.toThrow()
    expect(readdirSync(home)).toEqual([])
    expect(sh(repo.root, 'worktree', 'list').split('\n')).toHaveLength(1)
  })

  it('runs no filter, hook or fsmonitor of the configuration', async () => {
    const repo = await repositoryWith({ 'a.txt': '1', '.gitattributes': '*.txt filter=evil\n' })
    const proof = join(temporaryDirectory(), 'ran')
    for (const key of ['filter.evil.smudge', 'filter.evil.clean', 'filter.evil.process', 'core.fsmonitor']) {
      sh(repo.root, 'config', key, `touch ${proof}; cat`)
    }
    write(repo.commonDir, { 'hooks/post-checkout': `#!/bin/sh\ntouch ${proof}\n` })
    chmodSync(join(repo.commonDir, 'hooks/post-checkout'), 0o755)
    const path = join(temporaryDirectory(), 'w')
    await createWorktree(repo, { path, commit: await head(repo), owner: await owner() })
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('1')
    expect(existsSync(proof)).toBe(false)
  })

  it.each([
    { at: 'add', when: 'before' },
    { at: 'add', when: 'after' },
    { at: 'read-tree', when: 'before' },
  ] as const)('recovers when the process is killed $when $at', async (kill) => {
    const repo = await repositoryWith({ 'a.txt': '1', 'b.txt': '2' })
    const before = fingerprint(repo.commonDir)
    const path = join(temporaryDirectory(), 'w')
    const child = spawnActor(repo, { create: [path], kill })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    expect(fingerprint(repo.commonDir)).not.toEqual(before)
    await createWorktree(repo, { path, commit: await head(repo), owner: await owner() })
    expect(sh(path, 'status', '--porcelain')).toBe('')
    expect(await listWorktrees(repo)).toHaveLength(2)
    await removeWorktree(repo, path)
    expect(fingerprint(repo.commonDir)).toEqual(before)
  })
})

describe('removeWorktree', () => {
  it('refuses every path that is not registered as ours', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const theirs = join(temporaryDirectory(), 'theirs')
    sh(repo.root, 'worktree', 'add', '-q', '--detach', theirs)
    const other = temporaryDirectory()
    for (const path of ['/', repo.root, join(repo.root, '..'), repo.commonDir, theirs, other]) {
      await expect(removeWorktree(repo, path), path).rejects.toThrow(NotOurWorktreeError)
      expect(existsSync(path)).toBe(true)
    }
    expect(sh(repo.root, 'status', '--porcelain')).toBe('')
    expect(await worktreeIsIntact(repo, theirs)).toBe(false)
  })

  it('refuses a registration that was bent to point elsewhere', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const worktree = await createWorktree(repo, {
      path: join(temporaryDirectory(), 'w'),
      commit: await head(repo),
      owner: await owner(),
    })
    const precious = temporaryDirectory()
    write(precious, { 'precious.txt': 'x' })
    for (const target of [precious, repo.root, '']) {
      writeFileSync(join(worktree.adminDir, 'gitdir'), `${target}/.git\n`)
      await expect(removeWorktree(repo, target === '' ? '/' : target), target).rejects.toThrow(NotOurWorktreeError)
    }
    expect(existsSync(join(precious, 'precious.txt'))).toBe(true)
  })

  it('removes one whose .git was replaced, whose folders are read-only, or that links outside', async () => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const outside = temporaryDirectory()
    write(outside, { 'precious.txt': 'x' })
    const path = join(temporaryDirectory(), 'w')
    await createWorktree(repo, { path, commit: await head(repo), owner: await owner() })
    unlinkSync(join(path, '.git'))
    sh(path, 'init', '-q')
    write(path, { 'closed/file': 'x' })
    symlinkSync(outside, join(path, 'closed', 'link'))
    chmodSync(join(path, 'closed'), 0o555)
    await removeWorktree(repo, path)
    expect(existsSync(path)).toBe(false)
    expect(existsSync(join(outside, 'precious.txt'))).toBe(true)
    expect(await listWorktrees(repo)).toHaveLength(1)
  })
})

describe('worktreeIsIntact', () => {
  const damage: Record<string, (path: string, repo: Repository) => void> = {
    emptied: (path) => {
      for (const name of readdirSync(path)) if (name !== '.git') rmSync(join(path, name), { recursive: true })
    },
    'without .git': (path) => unlinkSync(join(path, '.git')),
    'with .git pointing elsewhere': (path, repo) => writeFileSync(join(path, '.git'), `gitdir: ${repo.commonDir}\n`),
    'with a linked .git': (path) => {
      renameSync(join(path, '.git'), join(path, 'moved'))
      symlinkSync('moved', join(path, '.git'))
    },
    'with its own repository': (path) => {
      unlinkSync(join(path, '.git'))
      sh(path, 'init', '-q')
    },
    'with a second .GIT': (path) => mkdirSync(join(path, '.GIT')),
    removed: (path) => rmSync(path, { recursive: true }),
    'removed and made anew': (path) => {
      renameSync(path, `${path}-old`)
      mkdirSync(path)
      for (const name of readdirSync(`${path}-old`)) renameSync(join(`${path}-old`, name), join(path, name))
    },
    deregistered: (path, repo) => {
      sh(repo.root, 'worktree', 'unlock', path)
      sh(repo.root, 'worktree', 'remove', '--force', path)
    },
    unlocked: (path, repo) => void sh(repo.root, 'worktree', 'unlock', path),
  }

  it.each(Object.keys(damage))('is false for a worktree %s', async (name) => {
    const repo = await repositoryWith({ 'a.txt': '1' })
    const path = join(temporaryDirectory(), 'w')
    await createWorktree(repo, { path, commit: await head(repo), owner: await owner() })
    expect(await worktreeIsIntact(repo, path)).toBe(true)
    damage[name]?.(path, repo)
    expect(await worktreeIsIntact(repo, path)).toBe(false)
  })
})

describe('isAlive', () => {
  it('knows itself, a dead process, and a reused pid; takes what it cannot see for alive', async () => {
    const me = await processIdentity()
    expect(await isAlive(me)).toBe(true)
    const child = spawn('true')
    await once(child, 'exit')
    expect(await isAlive({ ...me, pid: child.pid ?? 0 })).toBe(false)
    expect(await isAlive({ ...me, startedAt: `${me.startedAt}0` })).toBe(false)
    expect(await isAlive({ ...me, host: 'another-machine', pid: child.pid ?? 0 })).toBe(true)
  })
})
