import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunLog, verifyHistory } from '../src/index.ts'
import { Repository, stranger } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

const ref = 'refs/conduct/spec/log'
const notice = (log: RunLog, name: string, text = name) =>
  log.append({ operationId: name, body: { type: 'notice', code: 'x', message: text } })
const codes = () => repository.notices.map(({ code }) => code)

function overwrite(name: string, content: string): void {
  const file = repository.objectFile(name)
  chmodSync(file, 0o644)
  writeFileSync(file, content)
}

/** A log of five notices, closed. */
async function written(): Promise<void> {
  const log = await repository.open()
  for (const name of ['a', 'b', 'c', 'd', 'e']) await notice(log, name)
  await log.close()
}

describe('a damaged log', () => {
  it.each([
    ['the newest event', `${ref}:event.json`, 4],
    ['an event in the middle', `${ref}~2:event.json`, 2],
    ['the tree of an entry', `${ref}~1^{tree}`, 3],
    ['the newest commit', ref, 4],
    ['a commit in the middle', `${ref}~2`, 2],
    ['the first commit', `${ref}~4`, 0],
  ])('goes on from its last valid event when %s is emptied', async (_what, name, seq) => {
    await written()
    overwrite(name, '')
    const log = await repository.open()
    expect((await log.state()).seq).toBe(seq)
    expect(repository.notices).toMatchObject([
      { code: 'log-damaged', severity: 'warning', message: expect.stringContaining(`event ${seq}`) },
    ])
    expect(await notice(log, 'after')).toMatchObject({ kind: 'recorded', event: { seq: seq + 1 } })
    expect(await verifyHistory(repository.commonDir, 'spec')).toEqual({ problems: [], events: seq + 1 })
    const again = await repository.open()
    expect((await again.state()).seq).toBe(seq + 1)
    expect(codes()).toEqual(['log-damaged'])
  })

  it('goes on when bytes of an event have flipped', async () => {
    await written()
    overwrite(`${ref}:event.json`, 'x\u009cgarbage that is no zlib stream')
    expect((await (await repository.open()).state()).seq).toBe(4)
  })

  it('keeps the end it could not read, when there is something to keep', async () => {
    await written()
    const tip = repository.git('rev-parse', ref)
    const event = JSON.parse(repository.git('show', `${ref}:event.json`)) as object
    const blob = repository.commit(JSON.stringify({ ...event, version: 99 }))
    const tree = repository.git('rev-parse', `${blob.commit}:file`)
    const entry = repository.gitWith(`100644 blob ${tree}\tevent.json\n`, 'mktree')
    const message = repository.git('log', '-1', '--format=%B', tip).replace('Conduct-Seq: 5', 'Conduct-Seq: 6')
    const newer = repository.git('commit-tree', entry, '-p', tip, '-m', message)
    repository.git('update-ref', ref, newer)
    const log = await repository.open()
    expect((await log.state()).seq).toBe(5)
    expect(repository.notices[0]?.message).toContain('version 99')
    await notice(log, 'after')
    expect(repository.git('rev-parse', `refs/conduct/spec/broken/${newer}`)).toBe(newer)
    expect(repository.git('rev-parse', `${ref}^`)).toBe(tip)
  })

  it('is read event by event when its snapshot is damaged', async () => {
    const log = await repository.open()
    for (let index = 0; index < 40; index++) await notice(log, `n${index}`, 'm'.repeat(2500))
    await log.close()
    const snapshot = repository.git('log', '--format=%H', '-1', '--grep=Conduct-State: [0-9]* self', ref)
    overwrite(`${snapshot}:state.json`, '')
    const again = await repository.open()
    expect((await again.state()).seq).toBe(40)
    expect(repository.notices[0]?.message).toContain('snapshot')
    expect(await notice(again, 'after')).toMatchObject({ kind: 'recorded' })
    expect((await (await repository.open()).state()).seq).toBe(41)
    expect(codes()).toEqual(['log-damaged'])
  })

  it('is never taken for no log at all when its ref is emptied', async () => {
    await written()
    writeFileSync(join(repository.commonDir, ref), '')
    const log = await repository.open()
    expect((await log.state()).seq).toBe(5)
    expect(await notice(log, 'after')).toMatchObject({ kind: 'recorded', event: { seq: 6 } })
  })
})

describe('a damaged lease', () => {
  it('neither blocks for ever nor lets a fence be reused', async () => {
    let nowMs = 0
    const log = await repository.open({ monotonicMs: () => nowMs })
    const before = await log.acquire('k', 1000)
    if (before.kind !== 'acquired') throw new Error('not acquired')
    const [lease = ''] = repository.git('for-each-ref', '--format=%(refname)', 'refs/conduct/spec/lease').split('\n')
    overwrite(lease, '')
    overwrite('refs/conduct/spec/fence', '')
    expect((await log.acquire('k', 1000)).kind).toBe('held')
    nowMs += 60_001
    const after = await log.acquire('k', 1000)
    expect(after.kind === 'acquired' && after.lease.fence > before.lease.fence).toBe(true)
  })
})

describe('a lock left behind', () => {
  const lock = () => join(repository.commonDir, `${ref}.lock`)

  it('by a dead writer is removed, loudly', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    writeFileSync(lock(), '')
    expect(await notice(log, 'b')).toMatchObject({ kind: 'recorded' })
    expect(codes()).toEqual(['stale-lock-removed'])
  })

  it('is respected while another writer may be alive, and the append can be tried again', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    await notice(await repository.open({ holder: stranger() }), 'theirs')
    writeFileSync(lock(), '')
    expect(await notice(log, 'b')).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'unavailable', message: expect.stringContaining('process 4242 on elsewhere') },
    })
    expect(existsSync(lock())).toBe(true)
  })

  it('on any ref of the spec is removed before a run starts, and on no other ref', async () => {
    const log = await repository.open()
    await notice(log, 'a')
    const [ours, theirs] = ['conduct/spec/checkpoint/3.lock', 'heads/main.lock'].map((name) =>
      join(repository.commonDir, 'refs', name),
    ) as [string, string]
    mkdirSync(dirname(ours), { recursive: true })
    for (const file of [ours, theirs]) writeFileSync(file, '')
    await log.clearStaleLocks()
    expect([existsSync(ours), existsSync(theirs)]).toEqual([false, true])
    expect(codes()).toEqual(['stale-lock-removed'])
    rmSync(theirs)
  })

  it('that is not of this run log is respected', async () => {
    const log = await repository.open()
    const outcome = await log.acquire('k', 1000)
    if (outcome.kind !== 'acquired') throw new Error('not acquired')
    writeFileSync(join(repository.commonDir, 'packed-refs.lock'), '')
    await log.release(outcome.lease)
    expect(existsSync(join(repository.commonDir, 'packed-refs.lock'))).toBe(true)
    expect(codes()).toEqual(['lease-not-released'])
  })
})
