import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GitLeases } from '../src/git/git-leases.ts'
import { logRefs } from '../src/git/names.ts'
import { currentHolder, type Holder, type Lease, type StoreNotice } from '../src/index.ts'
import { answering, gitParts, locked, moved, type Through } from './git-parts.ts'
import { Repository, stranger } from './rig.ts'

const refs = logRefs('spec')
const at = '2026-01-01T00:00:00.000Z'
let repository: Repository
let nowMs: number
const parts: { close(): Promise<void> }[] = []
const notices: string[] = []

beforeEach(() => {
  repository = new Repository()
  nowMs = 0
  notices.length = 0
})
afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.close()))
  await repository.remove()
})

/** The leases as one process sees them; `through` stands between it and the refs. */
function leasesOf(holder: Holder, through?: Through): GitLeases {
  const clock = { now: () => new Date(at), monotonicMs: () => nowMs }
  const { place, objects, authority } = gitParts(repository, holder, clock, through)
  parts.push(objects, authority)
  const onNotice = ({ code }: StoreNotice) => notices.push(code)
  return new GitLeases({ place, objects, authority, refs, holder, clock, onNotice })
}

async function taken(leases: GitLeases, key: string, ttlMs = 1000, above = 0): Promise<Lease> {
  const outcome = await leases.acquire(key, ttlMs, above)
  if (outcome.kind !== 'acquired') throw new Error('it is held')
  return outcome.lease
}

function refTo(ref: string, content: string): void {
  repository.git('update-ref', ref, repository.gitWith(content, 'hash-object', '-w', '--stdin'))
}

function damageObject(ref: string, of: (content: Buffer) => string | Buffer): void {
  const file = repository.objectFile(ref)
  chmodSync(file, 0o644)
  writeFileSync(file, of(readFileSync(file)))
}

const written = (key: string) => JSON.parse(repository.git('cat-file', 'blob', refs.lease(key))) as unknown

describe('a lease in git', () => {
  it('says everything about itself, to its holder and in the repository', async () => {
    const leases = leasesOf(stranger())
    expect(await taken(leases, 'k', 1000)).toEqual({ key: 'k', fence: 1, holder: stranger(), since: at })
    const record = { version: 1, key: 'k', fence: 1, holder: stranger(), since: at, ttlMs: 1000, renewals: 0 }
    expect(written('k')).toEqual(record)
    expect(repository.git('cat-file', 'blob', refs.fence)).toBe('1')
    expect(await leases.counter()).toBe(1)
  })

  it('gets a fence above every earlier one and above the one asked for', async () => {
    const leases = leasesOf(stranger())
    expect(await leases.counter()).toBe(0)
    expect((await taken(leases, 'a', 1000, 41)).fence).toBe(42)
    expect((await taken(leases, 'b', 1000, 7)).fence).toBe(43)
    refTo(refs.fence, '5\n')
    const other = leasesOf(currentHolder())
    await other.acquire('b', 1000, 0)
    nowMs = 1000
    expect((await taken(other, 'b')).fence).toBe(44)
  })

  it('of another is told, and free when it has looked the same for its time to live', async () => {
    const theirs = await taken(leasesOf(stranger()), 'k', 1000)
    const ours = leasesOf(currentHolder())
    nowMs = 5000
    expect(await ours.acquire('k', 50, 0)).toEqual({ kind: 'held', by: theirs })
    nowMs = 5999
    expect((await ours.acquire('k', 50, 0)).kind).toBe('held')
    nowMs = 6000
    expect((await taken(ours, 'k', 50)).fence).toBe(2)
  })

  it('of our own is held against ourselves from its first second again after it was taken over', async () => {
    await taken(leasesOf(stranger()), 'k', 1000)
    const ours = leasesOf(currentHolder())
    await ours.acquire('k', 1000, 0)
    nowMs = 1000
    await taken(ours, 'k', 1000)
    expect((await ours.acquire('k', 1000, 0)).kind).toBe('held')
    nowMs = 1999
    expect((await ours.acquire('k', 1000, 0)).kind).toBe('held')
  })

  it('is renewed with a new time to live, one renewal more, and everything else as it was', async () => {
    const leases = leasesOf(stranger())
    const lease = await taken(leases, 'k', 1000)
    expect(await leases.renew(lease, 70)).toBe(true)
    expect(await leases.renew(lease, 80)).toBe(true)
    expect(written('k')).toMatchObject({ version: 1, key: 'k', fence: 1, since: at, ttlMs: 80, renewals: 2 })
    expect(await leases.renew({ ...lease, fence: 2 }, 1000)).toBe(false)
    expect(await leases.renew({ ...lease, key: 'nobody took it' }, 1000)).toBe(false)
  })

  it('is given back by its fence alone', async () => {
    const leases = leasesOf(currentHolder())
    const lease = await taken(leases, 'k')
    await leases.release({ ...lease, fence: 2 })
    await leases.release({ ...lease, key: 'nobody took it' })
    expect(await leases.list()).toEqual([lease])
    await leases.release(lease)
    expect(repository.git('for-each-ref', refs.leases)).toBe('')
  })

  it('makes an append depend on it while it is in force, and says which fence is higher when it is not', async () => {
    const leases = leasesOf(stranger())
    const lease = await taken(leases, 'k')
    const verify = { kind: 'verify', ref: refs.lease('k'), is: repository.git('rev-parse', refs.lease('k')) }
    expect(await leases.check(lease)).toEqual({ kind: 'in-force', verify })
    expect(await leases.check({ ...lease, fence: 9 })).toEqual({ kind: 'stale', held: 1 })
    await taken(leases, 'other')
    await leases.release(lease)
    expect(await leases.check(lease)).toEqual({ kind: 'stale', held: 2 })
  })
})

describe('leases in git', () => {
  it('are listed by key, without those that are free', async () => {
    const { pid } = spawnSync('true')
    const [theirs, dead] = [leasesOf(stranger()), leasesOf({ ...currentHolder(), pid })]
    for (const key of ['f', 'b', 'c', 'a', 'e']) await taken(theirs, key, key === 'c' ? 10 : 1000)
    await taken(dead, 'd')
    const ours = leasesOf(currentHolder())
    expect((await ours.list()).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'e', 'f'])
    nowMs = 10
    expect((await ours.list()).map(({ key }) => key)).toEqual(['a', 'b', 'e', 'f'])
  })

  it('of dead processes are found, and those alone', async () => {
    const { pid } = spawnSync('true')
    await taken(leasesOf(stranger()), 'theirs')
    const lease = await taken(leasesOf({ ...currentHolder(), pid }), 'dead')
    const ours = leasesOf(currentHolder())
    await taken(ours, 'ours')
    expect(await ours.ofTheDead()).toEqual([lease])
    expect((await taken(ours, 'dead')).fence).toBe(4)
  })

  it.each([
    ['nothing that is JSON', '{'],
    ['another version', { version: 2 }],
    ['a key that is no text', { key: 1 }],
    ['no fence', { fence: undefined }],
    ['a fence that is no whole number', { fence: 1.5 }],
    ['a fence below zero', { fence: -1 }],
    ['a fence that no counter can have reached', { fence: Number.MAX_SAFE_INTEGER }],
    ['no time to live', { ttlMs: null }],
    ['no holder', { holder: undefined }],
    ['a holder without a host', { holder: { pid: 1 } }],
    ['a holder without a pid', { holder: { host: 'x' } }],
  ])('that hold %s are not listed and hold their place for a minute', async (_what, damage) => {
    const whole = { version: 1, key: 'k', fence: 7, holder: stranger(), since: at, ttlMs: 10, renewals: 0 }
    refTo(refs.lease('k'), typeof damage === 'string' ? damage : JSON.stringify({ ...whole, ...damage }))
    const ours = leasesOf(currentHolder())
    expect(await ours.list()).toEqual([])
    expect(await ours.ofTheDead()).toEqual([])
    const holder = { host: 'unknown', pid: 0, startedAt: '' }
    const by = { key: 'k', fence: 0, holder, since: 'unknown' }
    expect(await ours.acquire('k', 10, 0)).toEqual({ kind: 'held', by })
    nowMs = 59_999
    expect((await ours.acquire('k', 10, 0)).kind).toBe('held')
    nowMs = 60_000
    expect((await taken(ours, 'k', 10)).fence).toBe(1)
  })

  it('of another key under this one hold their place like damaged ones', async () => {
    const record = { version: 1, key: 'other', fence: 7, holder: stranger(), since: at, ttlMs: 10, renewals: 0 }
    refTo(refs.lease('k'), JSON.stringify(record))
    expect(await leasesOf(currentHolder()).acquire('k', 10, 0)).toMatchObject({ by: { key: 'k', since: 'unknown' } })
  })
})

describe('what a power cut has damaged', () => {
  it.each([
    ['emptied', () => ''],
    ['garbled', () => 'x\u009cgarbage that is no zlib stream'],
    ['cut short', (content: Buffer) => content.subarray(0, -4)],
  ])('a lease that is %s is first not seen, then held for a minute, then replaced', async (_what, of) => {
    const theirs = leasesOf(stranger())
    await taken(theirs, 'k')
    damageObject(refs.lease('k'), of)
    const ours = leasesOf(currentHolder())
    expect(await ours.list()).toEqual([])
    expect(await ours.acquire('k', 10, 0)).toMatchObject({ kind: 'held', by: { since: 'unknown' } })
    nowMs = 60_000
    expect((await taken(ours, 'k', 10)).fence).toBe(2)
  })

  it.each([
    ['no object', () => damageObject(refs.fence, () => '')],
    ['an object cut short', () => damageObject(refs.fence, (content) => content.subarray(0, -4))],
    ['no number', () => refTo(refs.fence, 'x')],
    ['nothing', () => refTo(refs.fence, '')],
    ['negative', () => refTo(refs.fence, '-5\n')],
    ['a fraction', () => refTo(refs.fence, '7.5\n')],
    ['1e+300', () => refTo(refs.fence, '1e+300\n')],
    ['2^53', () => refTo(refs.fence, '9007199254740992\n')],
    ['the last whole number', () => refTo(refs.fence, '9007199254740991\n')],
    ['one beyond half of the numbers', () => refTo(refs.fence, '4503599627370497\n')],
  ])('a counter that is %s continues beyond every fence it can have given out', async (_what, spoil) => {
    const leases = leasesOf(stranger())
    await taken(leases, 'a')
    spoil()
    expect(await leases.counter()).toBe(0)
    expect((await taken(leases, 'b')).fence).toBe(1_000_000_002)
    expect(repository.git('cat-file', 'blob', refs.fence)).toBe('1000000002')
    expect((await taken(leases, 'c')).fence).toBe(1_000_000_003)
    expect(notices).toEqual(['fence-repaired'])
    refTo(refs.fence, 'x')
    expect((await taken(leases, 'd', 1000, 1_000_000_010)).fence).toBe(2_000_000_011)
  })

  it('a counter at half of the numbers is whole', async () => {
    refTo(refs.fence, `${2 ** 52 - 1}\n`)
    expect((await taken(leasesOf(stranger()), 'a')).fence).toBe(2 ** 52)
    expect(notices).toEqual([])
  })

  it('a log at the end of the numbers gives no fence, and says how to start a new one', async () => {
    const above = Number.MAX_SAFE_INTEGER
    await expect(leasesOf(stranger()).acquire('a', 1000, above)).rejects.toMatchObject({
      code: 'git',
      message: `the run log holds fence ${above}, and no number is left above it`,
      hint: expect.stringContaining(`git update-ref -d ${refs.fence}`),
    })
    expect(repository.git('for-each-ref', refs.fence)).toBe('')
  })
})

describe('a lease whose transaction is refused', () => {
  it('is tried again on what is there by then', async () => {
    const { seen, through } = answering(moved)
    const leases = leasesOf(stranger(), through)
    expect((await taken(leases, 'k')).fence).toBe(1)
    expect(seen.transactions.map(({ length }) => length)).toEqual([2, 2])
    expect(seen.refreshes).toEqual([true, true])
  })

  it.each(['renewed', 'given back'])('is %s on a second try', async (what) => {
    const lease = await taken(leasesOf(stranger()), 'k')
    const { seen, through } = answering(moved)
    const leases = leasesOf(stranger(), through)
    if (what === 'renewed') expect(await leases.renew(lease, 70)).toBe(true)
    else await leases.release(lease)
    expect(seen.transactions).toHaveLength(2)
    expect(seen.refreshes).toEqual([true])
    expect(repository.git('for-each-ref', refs.leases) === '').toBe(what === 'given back')
  })

  it('is given up when its ref stays locked, with the way out', async () => {
    const leases = leasesOf(stranger(), answering(locked).through)
    await expect(leases.acquire('k', 1000, 0)).rejects.toMatchObject({
      name: 'StoreProblem',
      code: 'git',
      message: expect.stringContaining('a lease cannot be written: x.lock is there'),
      hint: expect.stringContaining('remove that file'),
    })
  })

  it.each(['taken', 'renewed', 'given back'])('is not %s when it is overtaken a hundred times', async (what) => {
    const { seen, through } = answering(...Array.from({ length: 200 }, () => moved))
    const leases = leasesOf(currentHolder(), through)
    const lease = await taken(leasesOf(currentHolder()), 'k')
    const tries = {
      taken: () => leases.acquire('another', 1000, 0),
      renewed: () => leases.renew(lease, 1000),
      'given back': () => leases.release(lease),
    }
    await expect(tries[what as keyof typeof tries]()).rejects.toMatchObject({
      message: expect.stringContaining('somebody was faster'),
      hint: expect.stringContaining('git fsck'),
    })
    expect(seen.transactions).toHaveLength(101)
  })
})
