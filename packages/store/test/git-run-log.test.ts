import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GitError } from '@nx-conduct/git/process'
import { describe, expect, it } from 'vitest'
import { type EventBody, eventVersion } from '../src/event.ts'
import type { GitRunLog } from '../src/git/git-run-log.ts'
import { answering, locked, moved, type Through } from './git-parts.ts'
import { at, enter, logOf, notice, notices, refs, repository, say, taken, tip } from './git-run-log-scene.ts'
import { accepted, collect, complete, evidence, opened, stranger } from './rig.ts'

describe('the log of a repository', () => {
  it('says where it stands, how long each part is and which commit each entry has', async () => {
    const log = logOf()
    const nothing = { log: 0, runs: 0, steps: 0, sessions: 0, evidence: 0, epochs: 0 }
    expect(await log.position()).toEqual({ seq: 0, tip: '', sizes: nothing })
    expect(await log.commitOf(1)).toBeUndefined()
    const work = repository.commit('work')
    await log.append({ operationId: 'a', body: opened(work.commit) })
    const first = tip()
    await log.append({ operationId: 'b', body: accepted(work, 'k') })
    await log.append({ operationId: 'c', body: evidence(work.tree) })
    const sizes = { ...nothing, log: 3, runs: 1, steps: 1, evidence: 1 }
    expect(await log.position()).toEqual({ seq: 3, tip: tip(), sizes })
    const commits = [first, repository.git('rev-parse', `${refs.log}^`), tip(), undefined]
    expect(await Promise.all([1, 2, 3, 4].map((seq) => log.commitOf(seq)))).toEqual(commits)
  })

  it('gives what was recorded, and what it changed, where it was and where it is', async () => {
    const log = logOf(undefined, stranger())
    const { commit } = repository.commit('work')
    const body = opened(commit)
    const one = await log.append({ operationId: 'a', body })
    const first = tip()
    const event = { version: eventVersion, seq: 1, at, operationId: 'a', writer: 'elsewhere/4242', body }
    const changes = [{ section: 'runs', key: 'r1', value: expect.objectContaining({ opened: body }) }]
    expect(one).toEqual({ kind: 'recorded', event, entry: { event, changes, before: '', tip: first } })
    const lease = await taken(log, 'k')
    const two = await say(log, 'b', lease)
    expect(two).toMatchObject({ event: { seq: 2, fence: 1, body: notice('b') }, entry: { before: first, tip: tip() } })
    const other = logOf()
    expect(await collect(other.replay(0))).toEqual([one, two].map((each) => each.kind === 'recorded' && each.entry))
    expect(await collect(other.replay(1))).toEqual([two.kind === 'recorded' && two.entry])
    expect(await collect(other.replay(2))).toEqual([])
  })

  it('gives the events after one, none after the last and none of an empty log', async () => {
    const log = logOf()
    expect(await collect(log.events())).toEqual([])
    for (const name of ['a', 'b', 'c']) await say(log, name)
    const seqs = async (after?: number) => (await collect(log.events(after))).map(({ seq }) => seq)
    expect([await seqs(), await seqs(1), await seqs(2), await seqs(3), await seqs(4)]).toEqual([
      [1, 2, 3],
      [2, 3],
      [3],
      [],
      [],
    ])
  })

  it('asks the authority without haste before it is read', async () => {
    const { seen, through } = answering()
    const log = logOf(through)
    await log.state()
    await collect(log.events())
    await log.leases()
    expect(seen.refreshes).toEqual([false, false, false])
    await say(log, 'a')
    expect(seen.refreshes).toHaveLength(3)
  })

  it('is not replayed past an entry that may not stand where it stands', async () => {
    const work = repository.commit('work')
    const illegal = enter(1, complete(work))
    enter(2, notice('newest'), illegal)
    const log = logOf()
    expect((await log.state()).seq).toBe(2)
    await expect(collect(log.replay(0))).rejects.toMatchObject({ name: 'BrokenEntry', commit: illegal })
  })
})

describe('an entry below a snapshot that cannot be read', () => {
  const unreadable = (commit: string) => ({
    name: 'StoreProblem',
    code: 'log-unreadable',
    message: expect.stringContaining(commit),
    hint: 'Run: npx nx-conduct verify-history',
    cause: expect.objectContaining({ name: 'BrokenEntry' }),
  })

  it('is named when the events are read, and when it is recorded again', async () => {
    const before = logOf()
    await say(before, 'a')
    const broken = tip()
    const operations = { a: 1 }
    rmSync(repository.objectFile(`${broken}:event.json`))
    enter(2, notice('newest'), broken, operations)
    const log = logOf()
    expect((await log.state()).seq).toBe(2)
    expect((await collect(log.events(1))).map(({ seq }) => seq)).toEqual([2])
    await expect(collect(log.events())).rejects.toMatchObject(unreadable(broken))
    await expect(say(log, 'a')).rejects.toMatchObject(unreadable(broken))
    expect(await say(log, 'c')).toMatchObject({ kind: 'recorded', event: { seq: 3 } })
  })

  it('is told of when git itself ends at it', async () => {
    await say(logOf(), 'a')
    const broken = tip()
    enter(2, notice('newest'), broken, { a: 1 })
    const file = repository.objectFile(`${broken}:event.json`)
    chmodSync(file, 0o644)
    writeFileSync(file, readFileSync(file).subarray(0, -4))
    await expect(collect(logOf().events())).rejects.toMatchObject({
      name: 'StoreProblem',
      code: 'git',
      message: expect.stringMatching(/^the run log cannot be read: git cat-file/),
    })
  })
})

describe('git that fails', () => {
  const failing =
    (error: Error): Through =>
    (authority) => ({
      transact: () => Promise.reject(error),
      refresh: () => Promise.reject(error),
      clearStaleLocks: () => authority.clearStaleLocks(),
      close: () => authority.close(),
    })
  const failure = new GitError('git fetch failed: it is away')
  const problem = (what: string) => ({
    name: 'StoreProblem',
    code: 'git',
    message: `${what}: git fetch failed: it is away`,
    hint: 'Fix that, then run the same command again; nothing is lost.',
    cause: failure,
  })

  it('is told as what a person can mend', async () => {
    const log = logOf(failing(failure))
    await expect(log.state()).rejects.toMatchObject(problem('the run log cannot be read'))
    await expect(collect(log.events())).rejects.toMatchObject(problem('the run log cannot be read'))
    await expect(log.acquire('k', 1000)).rejects.toMatchObject(problem('a lease cannot be taken'))
  })

  it('is told apart from our own faults', async () => {
    const fault = new Error('a mistake')
    const log = logOf(failing(fault))
    await expect(log.state()).rejects.toBe(fault)
    await expect(collect(log.events())).rejects.toBe(fault)
    await expect(log.acquire('k', 1000)).rejects.toBe(fault)
  })
})

describe('an append', () => {
  it('that was recorded before gives that event, whichever it was', async () => {
    const log = logOf()
    for (const name of ['a', 'b', 'c']) await say(log, name)
    for (const [index, name] of ['a', 'b', 'c'].entries())
      expect(await say(log, name)).toMatchObject({
        kind: 'already-recorded',
        event: { seq: index + 1, operationId: name },
      })
  })

  it('is refused with the reason: a wrong shape, a wrong moment, a commit that is not there', async () => {
    const log = logOf()
    const work = repository.commit('work')
    const append = (body: EventBody, commits?: string[]) =>
      log.append({ operationId: 'a', body, ...(commits ? { commits } : {}) })
    const illegal = (message: string) => ({
      kind: 'refused',
      refusal: { reason: 'illegal', message: expect.stringContaining(message) },
    })
    expect(await append({ ...opened('no oid') })).toEqual(illegal('field base'))
    expect(await append(complete(work))).toEqual(illegal('r1'))
    expect(await append(opened(work.commit), ['1'.repeat(40)])).toEqual(illegal('not a commit of this repository'))
    expect(repository.git('for-each-ref', 'refs/conduct')).toBe('')
  })

  it('is written as JSON has it, so that every reader sees what the writer saw', async () => {
    const log = logOf()
    const body = Object.assign(notice('a'), { more: undefined })
    const outcome = await log.append({ operationId: 'a', body })
    expect(outcome.kind === 'recorded' && outcome.event.body).toStrictEqual(notice('a'))
    expect((await collect(log.events())).map((event) => event.body)).toStrictEqual([notice('a')])
  })

  it('depends on its lease, and says which fence is held instead', async () => {
    const log = logOf()
    const lease = await taken(log, 'k')
    const { seen, through } = answering()
    const watched = logOf(through)
    await say(watched, 'a', lease)
    const { kind } = seen.transactions[0]?.[0] ?? {}
    expect([kind, seen.transactions[0]?.length]).toEqual(['verify', 2])
    await log.release(lease)
    await taken(log, 'k')
    const refusal = { reason: 'stale-fence', held: 2, offered: 1 }
    expect(await say(log, 'b', lease)).toEqual({ kind: 'refused', refusal })
  })

  it('looks at the authority once more before its lease counts as lost', async () => {
    const refreshed: boolean[] = []
    let restore = () => {}
    const log = logOf((authority) => ({
      transact: (changes) => authority.transact(changes),
      async refresh(now) {
        refreshed.push(now)
        restore()
      },
      clearStaleLocks: () => authority.clearStaleLocks(),
      close: () => authority.close(),
    }))
    const lease = await taken(log, 'k')
    refreshed.length = 0
    expect(await say(log, 'a', lease)).toMatchObject({ kind: 'recorded' })
    expect(refreshed).toEqual([])
    const blob = repository.git('rev-parse', refs.lease('k'))
    repository.git('update-ref', '-d', refs.lease('k'))
    restore = () => repository.git('update-ref', refs.lease('k'), blob)
    expect(await say(log, 'b', lease)).toMatchObject({ kind: 'recorded' })
    expect(refreshed).toEqual([true])
    restore = () => {}
    repository.git('update-ref', '-d', refs.lease('k'))
    expect(await say(log, 'c', lease)).toMatchObject({ kind: 'refused', refusal: { reason: 'stale-fence' } })
    expect(refreshed).toEqual([true, true])
  })

  it('that is overtaken is tried again on what is there by then', async () => {
    const { seen, through } = answering(moved, moved)
    expect(await say(logOf(through), 'a')).toMatchObject({ kind: 'recorded', event: { seq: 1 } })
    expect(seen.refreshes).toEqual([true, true])
    expect(seen.transactions).toHaveLength(3)
  })

  it('that is overtaken a hundred times is refused, and can be tried again', async () => {
    const { seen, through } = answering(...Array.from({ length: 101 }, () => moved))
    const log = logOf(through)
    const refusal = { reason: 'unavailable', message: 'somebody was faster' }
    expect(await say(log, 'a')).toEqual({ kind: 'refused', refusal })
    expect(seen.transactions).toHaveLength(101)
    expect(await say(log, 'a')).toMatchObject({ kind: 'recorded' })
  })

  it('to a log that stays locked is refused at once, with the lock', async () => {
    const { seen, through } = answering(locked)
    const refusal = { reason: 'unavailable', message: 'the log is locked: x.lock is there' }
    expect(await say(logOf(through), 'a')).toEqual({ kind: 'refused', refusal })
    expect(seen.transactions).toHaveLength(1)
  })

  it('is refused while the system fails, and goes through when it is well again', async () => {
    const log = logOf()
    const inTheWay = join(repository.commonDir, 'conduct')
    writeFileSync(inTheWay, '')
    const refusal = { reason: 'unavailable', message: expect.stringContaining(inTheWay) }
    expect(await say(log, 'a')).toEqual({ kind: 'refused', refusal })
    rmSync(inTheWay)
    expect(await say(log, 'a')).toMatchObject({ kind: 'recorded', event: { seq: 1 } })
  })

  it('is refused while git fails, and goes through when it is well again', async () => {
    const log = logOf()
    rmSync(join(repository.commonDir, 'HEAD'))
    const refusal = { reason: 'unavailable', message: expect.stringContaining('not a git repository') }
    expect(await say(log, 'a')).toEqual({ kind: 'refused', refusal })
    writeFileSync(join(repository.commonDir, 'HEAD'), 'ref: refs/heads/main\n')
    expect(await say(log, 'a')).toMatchObject({ kind: 'recorded', event: { seq: 1 } })
  })

  it('does not hide a failure of our own', async () => {
    const { through } = answering(new Error('a mistake'))
    await expect(say(logOf(through), 'a')).rejects.toMatchObject({ name: 'Error', message: 'a mistake' })
  })
})

describe('a log whose newest objects a garbage collection took', () => {
  it('has them again with the next event', async () => {
    const log = logOf()
    for (const text of ['a', 'b', 'c']) await say(log, text)
    const [, second = ''] = repository.git('rev-list', refs.log).split('\n')
    const lost = repository.git('rev-parse', second, `${second}^{tree}`, `${second}:event.json`).split('\n')
    for (const oid of lost) rmSync(join(repository.commonDir, 'objects', oid.slice(0, 2), oid.slice(2)))
    await say(log, 'd')
    expect(repository.git('rev-list', '--count', '--objects', refs.log)).toBe('12')
    const names: string[] = []
    for await (const { operationId } of logOf().events()) names.push(operationId)
    expect(names).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('a log that something else moves', () => {
  const events = async (log: GitRunLog) => {
    const texts: string[] = []
    for await (const { operationId } of log.events()) texts.push(operationId)
    return texts
  }
  const codes = () => notices.map(({ code }) => code)

  it('is put back where it was rewound, and continues from there', async () => {
    const log = logOf()
    for (const text of ['a', 'b', 'c']) await say(log, text)
    const first = await log.commitOf(1)
    repository.git('update-ref', refs.log, first ?? '')
    expect((await log.state()).seq).toBe(3)
    expect(codes()).toEqual(['log-put-back'])
    expect(await say(log, 'd')).toMatchObject({ kind: 'recorded', event: { seq: 4 } })
    expect(await events(logOf())).toEqual(['a', 'b', 'c', 'd'])
  })

  it('is put back where it was deleted, and where another history stands in its place', async () => {
    const log = logOf()
    for (const text of ['a', 'b']) await say(log, text)
    repository.git('update-ref', '-d', refs.log)
    expect(await say(log, 'c')).toMatchObject({ kind: 'recorded', event: { seq: 3 } })
    const tip = repository.git('rev-parse', refs.log)
    repository.git('update-ref', '-d', refs.log)
    for (const text of ['x', 'y', 'z', 'zz']) await say(logOf(), text)
    expect((await log.state()).seq).toBe(3)
    expect(repository.git('rev-parse', refs.log)).toBe(tip)
    expect(codes()).toEqual(['log-put-back', 'log-put-back'])
  })

  it('is followed where others have added to it, however much', async () => {
    const [log, theirs] = [logOf(), logOf()]
    await say(log, 'a')
    for (let at = 1; at <= 40; at += 1) await say(theirs, `b${at}`)
    expect((await log.state()).seq).toBe(41)
    expect(codes()).toEqual([])
  })
})
