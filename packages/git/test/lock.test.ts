import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processIdentity } from '../src/index.ts'
import { LockHeldError, removeDeadLock, withLock } from '../src/lock.ts'
import { temporaryDirectory } from './scene.ts'

async function heldByDead(path: string): Promise<void> {
  const child = spawn('true')
  await once(child, 'exit')
  symlinkSync(`nx-conduct ${JSON.stringify({ ...(await processIdentity()), pid: child.pid })}`, path)
}

describe('withLock', () => {
  it('lets one in at a time, and leaves no file', async () => {
    const home = temporaryDirectory()
    const path = join(home, 'lock')
    let inside = 0
    let most = 0
    const enter = (): Promise<void> =>
      withLock(path, 10_000, async () => {
        inside += 1
        most = Math.max(most, inside)
        expect(lstatSync(path).isSymbolicLink()).toBe(true)
        inside -= 1
      })
    await Promise.all(Array.from({ length: 20 }, enter))
    expect(most).toBe(1)
    expect(readdirSync(home)).toEqual([])
  })

  it('is free again after a failure, which reaches the caller', async () => {
    const path = join(temporaryDirectory(), 'lock')
    await expect(withLock(path, 0, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
    expect(await withLock(path, 0, () => Promise.resolve('next'))).toBe('next')
  })

  it('takes over from a dead process', async () => {
    const home = temporaryDirectory()
    const path = join(home, 'lock')
    await heldByDead(path)
    await heldByDead(`${path}.takeover`)
    expect(await withLock(path, 1000, () => Promise.resolve('mine'))).toBe('mine')
    expect(readdirSync(home)).toEqual([])
  })

  it('never takes the lock of a living process, of another machine, or of another program', async () => {
    const home = temporaryDirectory()
    const me = await processIdentity()
    const holders = { living: JSON.stringify(me), remote: JSON.stringify({ ...me, host: 'elsewhere' }), garbage: '{' }
    for (const [name, holder] of Object.entries(holders)) symlinkSync(`nx-conduct ${holder}`, join(home, name))
    writeFileSync(join(home, 'git'), '')
    for (const name of [...Object.keys(holders), 'git']) {
      const path = join(home, name)
      await expect(
        withLock(path, 30, () => Promise.resolve()),
        name,
      ).rejects.toThrow(LockHeldError)
      await removeDeadLock(path)
      expect(readdirSync(home), name).toContain(name)
    }
  })

  it('is removed on request when its holder is dead', async () => {
    const path = join(temporaryDirectory(), 'lock')
    await heldByDead(path)
    await removeDeadLock(path)
    expect(existsSync(path)).toBe(false)
    await removeDeadLock(path)
  })
})
