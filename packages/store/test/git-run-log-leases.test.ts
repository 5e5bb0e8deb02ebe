import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { currentHolder } from '../src/index.ts'
import { answering, locked } from './git-parts.ts'
import { enter, logOf, notice, notices, refs, repository, say, setClock, taken } from './git-run-log-scene.ts'
import { stranger } from './rig.ts'

describe('the leases of a log', () => {
  it('have fences above every one the log has seen, also when the counter is lost', async () => {
    const log = logOf()
    expect(await log.highestFence()).toBe(0)
    repository.git('update-ref', refs.fence, repository.gitWith('40\n', 'hash-object', '-w', '--stdin'))
    const lease = await taken(log, 'a')
    expect(lease.fence).toBe(41)
    expect(await log.highestFence()).toBe(41)
    await say(log, 'under the lease', lease)
    repository.git('update-ref', '-d', refs.fence)
    expect(await log.highestFence()).toBe(41)
    expect((await taken(log, 'b')).fence).toBe(42)
  })

  it('that are ours are given back together, once', async () => {
    const [log, theirs] = [logOf(), logOf(undefined, stranger())]
    const [a, b] = [await taken(log, 'a'), await taken(log, 'b')]
    const other = await taken(theirs, 'theirs')
    expect((await log.acquire('theirs', 1000)).kind).toBe('held')
    const c = await taken(log, 'c')
    expect(await log.renew(a, 1000)).toBe(true)
    await log.release(c)
    expect(await log.releaseAll()).toEqual([a, b])
    expect(await log.leases()).toEqual([other])
    expect(await log.releaseAll()).toEqual([])
    expect(notices).toEqual([])
  })

  it('that were taken from us are no longer ours, and a newer one of the same key still is', async () => {
    const log = logOf()
    const [old, kept] = [await taken(log, 'k', 10), await taken(log, 'kept')]
    const thief = logOf(undefined, stranger({ pid: process.pid }))
    await thief.acquire('k', 10)
    setClock(10)
    const stolen = await taken(thief, 'k', 10)
    expect(await log.renew(old, 1000)).toBe(false)
    expect(await log.releaseAll()).toEqual([kept])
    expect(await thief.renew({ ...stolen, fence: 1 }, 10)).toBe(false)
    await thief.release({ ...stolen, key: 'never taken' })
    expect(await thief.releaseAll()).toEqual([stolen])
  })

  it('of the dead are given back with ours', async () => {
    const { pid } = spawnSync('true')
    const dead = await taken(logOf(undefined, { ...currentHolder(), pid }), 'dead')
    const log = logOf()
    const ours = await taken(log, 'ours')
    expect(await log.releaseAll()).toEqual([ours, dead])
    expect(repository.git('for-each-ref', refs.leases)).toBe('')
  })

  it('that cannot be given back are told, and do not keep the others', async () => {
    const log = logOf()
    const [a, b] = [await taken(log, 'a'), await taken(log, 'b')]
    const failing = logOf(answering(locked).through)
    await failing.release(a)
    const said = { code: 'lease-not-released', severity: 'warning' }
    expect(notices).toEqual([
      { ...said, message: 'a lease could not be given back: a lease cannot be written: x.lock is there' },
    ])
    rmSync(join(repository.commonDir, 'HEAD'))
    expect(await log.releaseAll()).toEqual([a, b])
    writeFileSync(join(repository.commonDir, 'HEAD'), 'ref: refs/heads/main\n')
    expect(notices.slice(1)).toEqual([
      {
        ...said,
        message: expect.stringMatching(/^leases of dead processes could not be given back: git for-each-ref/),
      },
    ])
    expect(repository.git('for-each-ref', refs.leases)).toBe('')
  })
})

describe('the objects of a log', () => {
  const packs = () => Number(/^packs: (\d+)$/m.exec(repository.git('count-objects', '-v'))?.[1])

  it.each([
    [198, true, 0],
    [199, false, 0],
    [199, true, 1],
    [200, true, 0],
  ])(
    'are packed after every two hundredth event when there are many: after %i, many: %s',
    async (seq, many, expected) => {
      enter(seq, notice('x'))
      if (many) repository.crowd()
      const log = logOf()
      expect(await say(log, 'next')).toMatchObject({ kind: 'recorded', event: { seq: seq + 1 } })
      await log.close()
      expect(packs()).toBe(expected)
      expect(notices).toEqual([])
    },
  )

  it('that cannot be packed are told of, every time', async () => {
    const missing = '1'.repeat(40)
    enter(199, notice('x'), missing)
    repository.crowd()
    const log = logOf()
    await say(log, 'two hundredth')
    const told = { code: 'log-not-compacted', severity: 'info', message: expect.stringContaining(missing) }
    await vi.waitFor(() => expect(notices).toEqual([told]))
    enter(399, notice('y'), missing)
    await say(log, 'four hundredth')
    await log.close()
    expect(notices).toEqual([told, told])
  })
})
