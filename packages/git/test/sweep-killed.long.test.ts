import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createWorktree,
  listWorktrees,
  processIdentity,
  readHead,
  removeWorktree,
  sweepWorktrees,
} from '../src/index.ts'
import { abandoned, sweepOptions as options } from './abandoned.ts'
import { actorDirectory, buildActor, spawnActor } from './actor.ts'
import { fingerprint, repositoryWith, sh, temporaryDirectory } from './scene.ts'

beforeAll(buildActor)
afterAll(() => rmSync(actorDirectory, { recursive: true, force: true }))

describe('sweepWorktrees, after a kill at any moment,', () => {
  // The order in which git writes a registration: it may be killed after any of them.
  const written = ['locked', 'gitdir', '.git', 'HEAD', 'commondir']
  it.each(written)('recovers when git was killed while or after writing %s', async (last) => {
    const there = written.slice(0, written.indexOf(last) + 1)
    for (const isTorn of [false, true]) {
      for (const recover of ['create', 'sweep']) {
        const { repo, paths } = await abandoned('half')
        const [path = ''] = paths
        const adminDir = join(repo.commonDir, 'worktrees', 'half')
        for (const name of ['a.txt', '.gitignore']) rmSync(join(path, name))
        for (const name of readdirSync(adminDir)) {
          if (!there.includes(name)) rmSync(join(adminDir, name), { recursive: true })
        }
        if (!there.includes('.git')) rmSync(join(path, '.git'))
        if (isTorn) truncateSync(join(last === '.git' ? path : adminDir, last))
        if (recover === 'sweep') {
          await sweepWorktrees(repo, options)
          expect(await listWorktrees(repo)).toHaveLength(1)
          // Without a readable lock it is nobody's, until somebody makes the same worktree again.
          if (last !== 'locked' || !isTorn) expect(existsSync(adminDir)).toBe(false)
        }
        const owner = { run: 'run-2', ...(await processIdentity()) }
        await createWorktree(repo, { path, commit: (await readHead(repo)).commit, owner })
        expect(sh(path, 'status', '--porcelain')).toBe('')
        expect(await listWorktrees(repo)).toHaveLength(2)
      }
    }
  })

  it('finds everything a process left that was killed, with its git, at any moment', async () => {
    const repo = await repositoryWith(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, `${n}`])))
    const isObject = (path: string): boolean => path.startsWith('objects')
    const before = fingerprint(repo.commonDir, isObject)
    const tmp = temporaryDirectory()
    vi.stubEnv('TMPDIR', tmp)
    const starts: boolean[] = []
    try {
      for (const afterMs of [1, 30, 60, 100, 150, 220]) {
        const home = temporaryDirectory()
        const paths = Array.from({ length: 6 }, (_, n) => join(home, `w${n}`))
        const actor = spawnActor(repo, { create: paths }, tmp)
        // Counted from its first worktree on, so that the moments fall into the work however slow the machine is.
        while (readdirSync(home).length === 0) await setImmediate()
        await delay(afterMs)
        if (actor.exitCode === null) process.kill(-(actor.pid ?? 0), 'SIGKILL')
        if (actor.exitCode === null && actor.signalCode === null) await once(actor, 'exit')
        starts.push(actor.signalCode === 'SIGKILL')
        await sweepWorktrees(repo, options)
        expect(await listWorktrees(repo)).toHaveLength(1)
        for (const path of readdirSync(home)) expect(readdirSync(join(home, path))).toEqual([])
        const { commit } = await readHead(repo)
        const owner = { run: 'run-2', ...(await processIdentity()) }
        for (const path of paths) await createWorktree(repo, { path, commit, owner })
        for (const path of paths) await removeWorktree(repo, path)
        expect(fingerprint(repo.commonDir, isObject)).toEqual(before)
        expect(readdirSync(tmp).filter((name) => name.startsWith('nx-conduct-git-'))).toEqual([])
      }
    } finally {
      vi.unstubAllEnvs()
    }
    expect(starts).toContain(true)
  }, 120_000)
})
