import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunLog, verifyHistory } from '../src/index.ts'
import { accepted, collect, opened, Repository, shortWaits, stranger } from './rig.ts'

let shared: string
let here: Repository
let there: Repository
beforeEach(() => {
  shared = mkdtempSync(join(tmpdir(), 'nx-conduct-remote-'))
  execFileSync('git', ['init', '-q', '--bare', shared])
  here = new Repository()
  there = new Repository()
  for (const clone of [here, there]) clone.git('remote', 'add', 'origin', shared)
})
afterEach(async () => {
  await Promise.all([here.remove(), there.remove()])
  rmSync(shared, { recursive: true, force: true })
})

const remote = 'origin'
const notice = (log: RunLog, name: string) =>
  log.append({ operationId: name, body: { type: 'notice', code: 'x', message: name } })

describe('a run log on a shared remote', () => {
  it('is seen by another clone, with the work it accepted', async () => {
    const ours = await here.open({ remote })
    const work = here.commit('only here')
    await ours.append({ operationId: 'a', body: opened(work.commit) })
    await ours.append({ operationId: 'b', body: accepted(work, 'k') })
    const theirs = await there.open({ remote, holder: stranger() })
    expect((await theirs.state()).steps['k']?.result?.commit).toBe(work.commit)
    expect(there.git('cat-file', '-t', work.commit)).toBe('commit')
    expect(await verifyHistory(there.commonDir, 'spec')).toEqual({ problems: [], events: 2 })
  })

  it('loses no event when two clones append at once', async () => {
    const [ours, theirs] = [await here.open({ remote }), await there.open({ remote, holder: stranger() })]
    const append = (log: RunLog, name: string) =>
      Promise.all([0, 1, 2, 3].map((index) => notice(log, `${name}${index}`)))
    const outcomes = (await Promise.all([append(ours, 'here'), append(theirs, 'there')])).flat()
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'recorded'))
    const fresh = new Repository()
    fresh.git('remote', 'add', 'origin', shared)
    const log = await fresh.open({ remote })
    expect((await collect(log.events())).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await fresh.remove()
  })

  it('takes one accepted result for a step that two clones finished', async () => {
    const [ours, theirs] = [await here.open({ remote }), await there.open({ remote, holder: stranger() })]
    const base = here.commit('base')
    await ours.append({ operationId: 'a', body: opened(base.commit) })
    const mine = here.commit('mine')
    there.git('fetch', '-q', 'origin', 'refs/conduct/spec/log')
    const other = there.commit('other')
    const outcomes = await Promise.all([
      ours.append({ operationId: 'b', body: accepted(mine, 'k') }),
      theirs.append({ operationId: 'c', body: accepted(other, 'k') }),
    ])
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['recorded', 'refused'])
    expect(await ours.state()).toEqual(await theirs.state())
  })

  it('shares leases and their fences', async () => {
    const [ours, theirs] = [await here.open({ remote }), await there.open({ remote, holder: stranger() })]
    const first = await ours.acquire('k', 60_000)
    expect(await theirs.acquire('k', 60_000)).toMatchObject({ kind: 'held', by: { fence: 1 } })
    if (first.kind !== 'acquired') throw new Error('not acquired')
    await ours.release(first.lease)
    expect(await theirs.acquire('k', 60_000)).toMatchObject({ kind: 'acquired', lease: { fence: 2 } })
    expect(
      await ours.append({ operationId: 'b', body: { type: 'notice', code: 'x', message: 'y' }, lease: first.lease }),
    ).toMatchObject({ kind: 'refused', refusal: { reason: 'stale-fence' } })
  })

  it('refuses the write of a holder that another clone has overtaken', async () => {
    let nowMs = 0
    const ours = await here.open({ remote })
    const theirs = await there.open({ remote, holder: stranger(), monotonicMs: () => nowMs })
    const first = await ours.acquire('k', 1000)
    expect((await theirs.acquire('k', 1000)).kind).toBe('held')
    nowMs = 1001
    expect(await theirs.acquire('k', 1000)).toMatchObject({ kind: 'acquired', lease: { fence: 2 } })
    if (first.kind !== 'acquired') throw new Error('not acquired')
    const late = await ours.append({
      operationId: 'a',
      body: { type: 'notice', code: 'x', message: 'y' },
      lease: first.lease,
    })
    expect(late).toEqual({ kind: 'refused', refusal: { reason: 'stale-fence', held: 2, offered: 1 } })
  })

  it('shows what was last seen when the remote is gone, records nothing, and goes on when it is back', async () => {
    const log = await here.open({ remote })
    await notice(log, 'a')
    renameSync(shared, `${shared}.away`)
    expect(await notice(log, 'b')).toMatchObject({ kind: 'refused', refusal: { reason: 'unavailable' } })
    const other = await here.open({ remote })
    expect((await other.state()).seq).toBe(1)
    expect(here.notices.map(({ code }) => code)).toEqual(['remote-unreachable'])
    renameSync(`${shared}.away`, shared)
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded', event: { seq: 2 } })
  })

  it('keeps a lease while the remote is away for a moment', async () => {
    let nowMs = 0
    const log = await here.open({ remote, monotonicMs: () => nowMs })
    const held = await log.acquire('k', 60_000)
    if (held.kind !== 'acquired') throw new Error('not acquired')
    renameSync(shared, `${shared}.away`)
    nowMs = 10_000
    await log.state()
    expect(here.notices.map(({ code }) => code)).toEqual(['remote-unreachable'])
    await expect(log.acquire('other', 60_000)).rejects.toMatchObject({
      code: 'git',
      message: expect.stringContaining('a lease cannot be taken: git fetch failed'),
    })
    renameSync(`${shared}.away`, shared)
    const { lease } = held
    const outcome = await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' }, lease })
    expect(outcome.kind).toBe('recorded')
  })

  it('asks a remote that did not answer in time again only after a while', async () => {
    let nowMs = 0
    const waits = { ...shortWaits, remoteAnswerMs: 400, remoteAwayMs: 5_000 }
    const log = await here.open({ remote, waits, monotonicMs: () => nowMs })
    await notice(log, 'a')
    const asked = join(here.folder, '.git', 'asked')
    here.git('config', 'core.sshCommand', `echo x >> '${asked}'; exec sleep 5 #`)
    here.git('config', 'url.ssh://silent/.insteadOf', shared)
    nowMs = 10_000
    const refused = {
      kind: 'refused',
      refusal: { reason: 'unavailable', message: expect.stringContaining('did not end') },
    }
    expect(await Promise.all(['b', 'c', 'd'].map((id) => notice(log, id)))).toMatchObject([refused, refused, refused])
    expect(readFileSync(asked, 'utf8')).toBe('x\n')
    here.git('config', '--unset', 'url.ssh://silent/.insteadOf')
    expect(await notice(log, 'e')).toMatchObject(refused)
    nowMs = 15_000
    expect(await notice(log, 'e')).toMatchObject({ kind: 'recorded', event: { seq: 2 } })
  })

  it('keeps a lease when another process of the clone follows an older look at the remote', async () => {
    const log = await here.open({ remote })
    const held = await log.acquire('k', 60_000)
    if (held.kind !== 'acquired') throw new Error('not acquired')
    const ref = here.git('for-each-ref', '--format=%(refname)', 'refs/conduct/spec/lease')
    here.git('update-ref', '-d', ref)
    const { lease } = held
    const outcome = await log.append({ operationId: 'a', body: { type: 'notice', code: 'x', message: 'y' }, lease })
    expect(outcome.kind).toBe('recorded')
  })

  it('takes over a log that was begun without a remote, and refuses to mix two', async () => {
    await notice(await here.open(), 'local')
    const log = await here.open({ remote })
    expect(await notice(log, 'shared')).toMatchObject({ kind: 'recorded', event: { seq: 2 } })
    await notice(await there.open(), 'another start')
    const parted = await there.open({ remote })
    await expect(parted.state()).rejects.toMatchObject({ code: 'remote', message: expect.stringContaining('parted') })
  })

  it.each(['--upload-pack=touch', 'ext::sh -c x', ''])('refuses %j as a remote', async (name) => {
    await expect(here.open({ remote: name })).rejects.toMatchObject({ code: 'remote' })
  })
})
