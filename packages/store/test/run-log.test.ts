import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { currentHolder } from '../src/index.ts'
import { RedisServer } from './redis-server.ts'
import { accepted, collect, complete, evidence, opened, Repository, raisedTo, stranger } from './rig.ts'

const server = new RedisServer()
beforeAll(() => server.start())
afterAll(() => server.remove())

let repository: Repository
afterEach(() => repository.remove())

describe.each(['git alone', 'git and Redis'])('a run log on %s', (backend) => {
  beforeEach(() => {
    repository = new Repository(backend === 'git alone' ? undefined : server.url)
  })

  describe('append', () => {
    it('records events in order, and another process reads them', async () => {
      const log = await repository.open()
      const work = repository.commit('work')
      expect(await log.append({ operationId: 'a', body: opened(work.commit) })).toMatchObject({
        kind: 'recorded',
        event: { seq: 1 },
      })
      expect(await log.append({ operationId: 'b', body: evidence(work.tree) })).toMatchObject({
        kind: 'recorded',
        event: { seq: 2 },
      })
      expect(await log.append({ operationId: 'c', body: complete(work) })).toMatchObject({
        kind: 'recorded',
        event: { seq: 3 },
      })

      const other = await repository.open()
      expect((await collect(other.events())).map(({ seq, body }) => [seq, body.type])).toEqual([
        [1, 'run.opened'],
        [2, 'evidence.recorded'],
        [3, 'phase.complete'],
      ])
      expect((await collect(other.events(2))).map(({ seq }) => seq)).toEqual([3])
      expect(await other.state()).toEqual(await log.state())
    })

    it('is idempotent by operation id, across processes', async () => {
      const log = await repository.open()
      const { commit } = repository.commit('work')
      await log.append({ operationId: 'a', body: opened(commit) })
      await log.append({ operationId: 'b', body: { type: 'notice', code: 'x', message: 'once' } })
      const other = await repository.open()
      expect(await other.append({ operationId: 'a', body: opened(commit) })).toMatchObject({
        kind: 'already-recorded',
        event: { seq: 1 },
      })
      expect(
        await log.append({ operationId: 'b', body: { type: 'notice', code: 'x', message: 'twice' } }),
      ).toMatchObject({
        kind: 'already-recorded',
        event: { body: { message: 'once' } },
      })
      expect((await log.state()).seq).toBe(2)
    })

    it('refuses what the reducer refuses, and writes nothing', async () => {
      const log = await repository.open()
      const work = repository.commit('work')
      await log.append({ operationId: 'a', body: opened(work.commit) })
      expect(await log.append({ operationId: 'b', body: complete(work) })).toMatchObject({
        kind: 'refused',
        refusal: { reason: 'illegal' },
      })
      expect((await log.state()).seq).toBe(1)
    })

    it('refuses a commit that is not there, and one that carries another tree than the event says', async () => {
      const log = await repository.open()
      const work = repository.commit('work')
      await log.append({ operationId: 'a', body: opened(work.commit) })
      const missing = { commit: '1'.repeat(40), tree: work.tree }
      expect(await log.append({ operationId: 'b', body: accepted(missing, 'k') })).toMatchObject({
        refusal: { message: expect.stringContaining('not a commit of this repository') },
      })
      const lie = { commit: work.commit, tree: repository.commit('other').tree }
      expect(await log.append({ operationId: 'c', body: accepted(lie, 'k') })).toMatchObject({
        refusal: { message: expect.stringContaining('carries tree') },
      })
    })

    it('refuses a body of the wrong shape before anything is written', async () => {
      const log = await repository.open()
      const body = { ...opened('not an oid') }
      expect(await log.append({ operationId: 'a', body })).toMatchObject({
        kind: 'refused',
        refusal: { reason: 'illegal', message: expect.stringContaining('field base') },
      })
      expect(repository.git('for-each-ref', 'refs/conduct')).toBe('')
    })

    it('loses no event when two logs append at once', async () => {
      const [one, two] = [await repository.open(), await repository.open()]
      const append = (log: typeof one, name: string) =>
        Promise.all(
          Array.from({ length: 15 }, (_, index) =>
            log.append({ operationId: `${name}${index}`, body: { type: 'notice', code: name, message: `${index}` } }),
          ),
        )
      const outcomes = (await Promise.all([append(one, 'one'), append(two, 'two')])).flat()
      expect(outcomes.every(({ kind }) => kind === 'recorded')).toBe(true)
      expect((await collect(one.events())).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 30 }, (_, index) => index + 1),
      )
      expect(await two.state()).toEqual(await one.state())
    })

    it('keeps every accepted commit through gc --prune=now', async () => {
      const log = await repository.open()
      const base = repository.commit('base')
      await log.append({ operationId: 'a', body: opened(base.commit) })
      const works = Array.from({ length: 5 }, (_, index) => repository.commit(`work ${index}`))
      for (const [index, work] of works.entries())
        await log.append({ operationId: `s${index}`, body: accepted(work, `k${index}`) })
      const extra = repository.commit('named by the caller')
      await log.append({ operationId: 'n', body: { type: 'notice', code: 'x', message: 'y' }, commits: [extra.commit] })
      const lost = repository.commit('nobody wants this')
      repository.git('gc', '-q', '--prune=now')
      for (const { commit } of [base, ...works, extra]) expect(repository.git('cat-file', '-t', commit)).toBe('commit')
      expect(() => repository.git('cat-file', '-t', lost.commit)).toThrow()
      expect((await (await repository.open()).state()).seq).toBe(7)
      const after = await log.append({ operationId: 'after', body: { type: 'notice', code: 'x', message: 'y' } })
      expect(after).toMatchObject({ kind: 'recorded', event: { seq: 8 } })
    })

    it('leaves HEAD, index, files, stash, config and foreign refs alone', async () => {
      repository.git('commit', '-q', '--allow-empty', '-m', 'user')
      const config = repository.git('config', '--list', '--local')
      const refs = repository.git('for-each-ref', 'refs/heads')
      const log = await repository.open()
      await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' } })
      await log.close()
      expect(repository.git('config', '--list', '--local')).toBe(config)
      expect(repository.git('for-each-ref', 'refs/heads')).toBe(refs)
      expect(repository.git('status', '--porcelain')).toBe('')
      expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/conduct')).toBe('refs/conduct/spec/log')
    })

    it('runs no hook of the repository', async () => {
      const hook = join(repository.commonDir, 'hooks', 'reference-transaction')
      execFileSync('sh', [
        '-c',
        `printf '#!/bin/sh\\ntouch "${repository.folder}/hooked"\\n' > "${hook}" && chmod +x "${hook}"`,
      ])
      const log = await repository.open()
      await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' } })
      expect(existsSync(join(repository.folder, 'hooked'))).toBe(false)
    })

    it('reads a long log from its newest snapshot, to the same state as from its first event', async () => {
      const log = await repository.open()
      const { commit } = repository.commit('base')
      await log.append({ operationId: 'a', body: opened(commit) })
      for (let index = 0; index < 60; index++) {
        await log.append({ operationId: `n${index}`, body: { type: 'notice', code: 'x', message: 'm'.repeat(3000) } })
      }
      await log.append({ operationId: 'e', body: raisedTo(1) })
      const withState = repository.git(
        'log',
        '--first-parent',
        '--format=%H',
        '--grep=Conduct-State: [0-9]* self',
        'refs/conduct/spec/log',
      )
      expect(withState.split('\n').length).toBe(2)
      expect(await (await repository.open()).state()).toEqual(await log.state())
    })
  })

  describe('leases', () => {
    it('belong to one holder at a time, and say who it is', async () => {
      const [one, two] = [await repository.open({ holder: stranger() }), await repository.open()]
      const first = await one.acquire('step', 60_000)
      expect(first).toMatchObject({ kind: 'acquired', lease: { fence: 1 } })
      expect(await two.acquire('step', 60_000)).toMatchObject({ kind: 'held', by: { holder: stranger(), fence: 1 } })
      expect(await two.acquire('another step', 60_000)).toMatchObject({ kind: 'acquired', lease: { fence: 2 } })
    })

    it('are listed with their holders while they are held', async () => {
      const [one, two] = [await repository.open({ holder: stranger() }), await repository.open()]
      await one.acquire('theirs', 60_000)
      const ours = await two.acquire('ours', 60_000)
      expect((await two.leases()).map(({ key, holder }) => [key, holder.pid])).toEqual([
        ['ours', process.pid],
        ['theirs', 4242],
      ])
      if (ours.kind === 'acquired') await two.release(ours.lease)
      expect((await two.leases()).map(({ key }) => key)).toEqual(['theirs'])
    })

    it('never give out a fence twice, not even after a release', async () => {
      const log = await repository.open()
      for (const fence of [1, 2, 3]) {
        const outcome = await log.acquire('step', 60_000)
        expect(outcome).toMatchObject({ kind: 'acquired', lease: { fence } })
        if (outcome.kind === 'acquired') await log.release(outcome.lease)
      }
    })

    it('are taken from a dead process of this host at once', async () => {
      const child = spawn('sleep', ['60'])
      const dead = { ...currentHolder(), pid: child.pid ?? 0 }
      const exited = new Promise((resolve) => child.once('exit', resolve))
      const theirs = await repository.open({ holder: dead })
      await theirs.acquire('step', 600_000)
      const ours = await repository.open()
      child.kill('SIGKILL')
      await exited
      expect(await ours.acquire('step', 60_000)).toMatchObject({ kind: 'acquired', lease: { fence: 2 } })
    })

    it('are taken from a process whose pid was given to another', async () => {
      const self = currentHolder()
      const reused = { ...self, startedAt: `${self.startedAt}0` }
      const theirs = await repository.open({ holder: reused })
      await theirs.acquire('step', 600_000)
      expect(await (await repository.open()).acquire('step', 60_000)).toMatchObject({ kind: 'acquired' })
    })

    it.runIf(backend === 'git alone')(
      'of another host are taken when they stay unchanged for their time to live on our own clock',
      async () => {
        let nowMs = 0
        const theirs = await repository.open({ holder: stranger() })
        const ours = await repository.open({ monotonicMs: () => nowMs })
        const outcome = await theirs.acquire('step', 1000)
        if (outcome.kind !== 'acquired') throw new Error('not acquired')
        expect((await ours.acquire('step', 1000)).kind).toBe('held')
        nowMs = 900
        await theirs.renew(outcome.lease, 1000)
        expect((await ours.acquire('step', 1000)).kind).toBe('held')
        nowMs = 1899
        expect((await ours.acquire('step', 1000)).kind).toBe('held')
        nowMs = 1900
        expect(await ours.acquire('step', 1000)).toMatchObject({ kind: 'acquired', lease: { fence: 2 } })
        expect(await theirs.renew(outcome.lease, 1000)).toBe(false)
      },
    )

    it('that run out refuse the write of their holder, and let the new holder write', async () => {
      const [stale, fresh] = [await repository.open({ holder: stranger() }), await repository.open()]
      const work = repository.commit('work')
      await stale.append({ operationId: 'a', body: opened(work.commit) })
      const old = await stale.acquire('k', 50)
      const taken = await vi.waitFor(async () => {
        const outcome = await fresh.acquire('k', 50)
        if (outcome.kind === 'held') throw new Error('still held')
        return outcome
      })
      if (old.kind !== 'acquired') throw new Error('not acquired')
      expect(taken.lease.fence).toBeGreaterThan(old.lease.fence)
      expect(await stale.append({ operationId: 'b', body: accepted(work, 'k'), lease: old.lease })).toEqual({
        kind: 'refused',
        refusal: { reason: 'stale-fence', held: taken.lease.fence, offered: old.lease.fence },
      })
      expect(await stale.renew(old.lease, 50)).toBe(false)
      expect(await fresh.append({ operationId: 'c', body: accepted(work, 'k'), lease: taken.lease })).toMatchObject({
        kind: 'recorded',
        event: { fence: taken.lease.fence },
      })
    })

    it('that are lost between the check and the write refuse the write', async () => {
      let meanwhile = () => {}
      const log = await repository.open({
        now: () => {
          meanwhile()
          return new Date()
        },
      })
      const outcome = await log.acquire('k', 60_000)
      if (outcome.kind !== 'acquired') throw new Error('not acquired')
      // The time of the event is asked for after the lease was checked and before anything is written.
      meanwhile = () => {
        meanwhile = () => {}
        repository.git(
          'update-ref',
          '-d',
          repository.git('for-each-ref', '--format=%(refname)', 'refs/conduct/spec/lease'),
        )
      }
      const body = { type: 'notice', code: 'x', message: 'y' } as const
      expect(await log.append({ operationId: 'a', body, lease: outcome.lease })).toMatchObject({
        kind: 'refused',
        refusal: { reason: 'stale-fence' },
      })
      expect((await log.state()).seq).toBe(0)
    })

    it('given back are refused as well', async () => {
      const log = await repository.open()
      const outcome = await log.acquire('k', 1000)
      if (outcome.kind !== 'acquired') throw new Error('not acquired')
      await log.release(outcome.lease)
      const append = await log.append({
        operationId: 'a',
        body: { type: 'notice', code: 'x', message: 'y' },
        lease: outcome.lease,
      })
      expect(append).toMatchObject({ kind: 'refused', refusal: { reason: 'stale-fence' } })
    })
  })

  describe('close', () => {
    it('gives back leases, removes scratch files and ends every process', async () => {
      const log = await repository.open()
      await log.acquire('k', 600_000)
      await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' } })
      await log.close()
      expect(repository.git('for-each-ref', 'refs/conduct/spec/lease')).toBe('')
      expect(readdirSync(join(repository.commonDir, 'conduct', 'store'))).toEqual([])
      const running = execFileSync('ps', ['-eo', 'ppid=,args='], { encoding: 'utf8' })
      expect(running.split('\n').filter((line) => line.trim().startsWith(`${process.pid} git`))).toEqual([])
      await expect(log.state()).rejects.toMatchObject({ code: 'closed' })
    })
  })
})

describe('names', () => {
  beforeEach(() => {
    repository = new Repository()
  })

  it.each(['--detach', '../a', 'a..b', 'a\nb', 'x'.repeat(300), 'a.lock', 'ümlaut', ''])(
    'refuses a spec called %j',
    async (spec) => {
      await expect(repository.open({ spec })).rejects.toMatchObject({ name: 'StoreProblem', code: 'bad-name' })
    },
  )
})
