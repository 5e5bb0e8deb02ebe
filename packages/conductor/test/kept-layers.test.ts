import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIdentity } from '@nx-conduct/git'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { discardLayer, removeOldLayers, userMark } from '../src/checkouts/kept-layers.ts'
import { contentDigestOf, settledStampOf, stampOf } from '../src/checkouts/layer-contents.ts'
import { SetupLayers, type SetupTarget } from '../src/checkouts/setup-layer.ts'

let ground: string
let folder: string
beforeEach(async () => {
  ground = await realpath(await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'layers-')))
  folder = join(ground, '.setup-layers')
})
afterEach(() => rm(ground, { recursive: true, force: true }))

const owner = processIdentity()
const layers = () => readdir(folder).catch(() => [])

/** What a process knows of layers, and how often it ran a setup. */
class Process {
  installs = 0
  readonly own = join(ground, `own-${Math.random()}`)
  readonly #layers: SetupLayers

  constructor(mostBytes = 1e9) {
    let made = 0
    this.#layers = new SetupLayers({
      folder,
      mostBytes,
      owner,
      newFolder: async () => {
        made += 1
        const path = join(this.own, String(made))
        await mkdir(path, { recursive: true })
        return { path, remove: () => rm(path, { recursive: true, force: true }) }
      },
    })
  }

  /** A new checkout that has the setup of this key. */
  async checkout(key: string, failure?: string): Promise<string> {
    const top = await mkdtemp(join(ground, 'checkout-'))
    const checkout: SetupTarget = {
      top,
      setup: key,
      setupMade: ['modules/', 'stamp'],
      keepSetup: async () => undefined,
      renew: async () => {
        for (const name of await readdir(top)) await rm(join(top, name), { recursive: true })
        return true
      },
    }
    const setUp = async () => {
      this.installs += 1
      if (failure !== undefined) throw new Error(failure)
      await mkdir(join(top, 'modules/bin'), { recursive: true })
      await writeFile(join(top, 'modules/value'), `${key}\n`)
      await symlink('../value', join(top, 'modules/bin/link'))
      await writeFile(join(top, 'stamp'), '', { mode: 0o755 })
    }
    expect(await this.#layers.provide(checkout, { command: 'install', key }, setUp)).toBe(true)
    expect(await readFile(join(top, 'modules/bin/link'), 'utf8')).toBe(`${key}\n`)
    return this.#layers.digestIn(checkout) ?? ''
  }

  close(): Promise<void> {
    return this.#layers.close()
  }
}

async function usedAt(key: string, time: number): Promise<void> {
  await utimes(join(folder, key, 'record.json'), time, time)
}

test('the layers that were used longest ago go first, until the bound holds', async () => {
  const first = new Process()
  for (const key of ['a', 'b', 'c']) await first.checkout(key)
  await first.close()
  const { bytes } = JSON.parse(await readFile(join(folder, 'a', 'record.json'), 'utf8'))
  await usedAt('a', 300)
  await usedAt('b', 100)
  await usedAt('c', 200)
  const second = new Process(bytes * 3)
  await second.checkout('d')
  await second.close()
  expect((await layers()).sort()).toEqual(['a', 'c', 'd'])
  const third = new Process(bytes * 2)
  await third.checkout('c')
  await third.close()
  expect(third.installs).toBe(0)
  expect((await layers()).sort()).toEqual(['c', 'd'])
})

test('a layer larger than the bound serves the run, and is not kept', async () => {
  const only = new Process(1)
  await only.checkout('a')
  await only.checkout('a')
  expect(only.installs).toBe(1)
  expect(await layers()).toEqual([])
  await only.close()
  expect(await readdir(only.own)).toEqual([])
})

test('a layer that a living process uses stays; the mark of a dead one does not keep it', async () => {
  const living = new Process()
  await living.checkout('a')
  expect(await removeOldLayers(folder, 0)).toMatchObject({ removed: [], used: [{ by: { pid: process.pid } }] })
  await living.checkout('a')
  await living.close()
  const dead = { ...owner, pid: spawnSync('true').pid }
  await writeFile(join(folder, 'a/users', userMark(dead)), '')
  const elsewhere = join(folder, 'a/users', userMark({ ...owner, host: 'elsewhere' }))
  await writeFile(elsewhere, '')
  expect((await removeOldLayers(folder, 0)).used).toHaveLength(1)
  await utimes(elsewhere, 1, 1)
  expect((await removeOldLayers(folder, 0)).removed).toMatchObject([{ path: join(folder, 'a'), inodes: 6 }])
  expect(await layers()).toEqual([])
  expect(living.installs).toBe(1)
})

test('a layer that goes while it is copied, or was written to, is made again', async () => {
  const first = new Process()
  const digest = await first.checkout('a')
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  await discardLayer(folder, 'a')
  expect(await first.checkout('a')).toBe(digest)
  expect(first.installs).toBe(2)
  await writeFile(join(folder, 'a/files/modules/value'), 'b\n')
  expect(await first.checkout('a')).toBe(digest)
  expect(first.installs).toBe(3)
  expect(await first.checkout('a')).toBe(digest)
  expect(first.installs).toBe(3)
  await first.close()
})

test('two that make the same layer at once leave one, and both have it', async () => {
  const both = [new Process(), new Process()]
  const digests = await Promise.all(both.flatMap((one) => [one.checkout('a'), one.checkout('a')]))
  expect(new Set(digests).size).toBe(1)
  expect(both.map(({ installs }) => installs)).toEqual([1, 1])
  expect(await layers()).toEqual(['a'])
  await Promise.all(both.map((one) => one.close()))
  expect((await Promise.all(both.map(({ own }) => readdir(own)))).flat()).toEqual([])
  const later = new Process()
  expect(await later.checkout('a')).toBe(digests[0])
  expect(later.installs).toBe(0)
  await later.close()
})

test.each([
  'no JSON',
  '{"version":2}',
  '{"version":1,"command":"x","made":["../out"],"digest":"","stamp":"","bytes":0,"inodes":0}',
])('a record such as %s makes a layer none', async (record) => {
  const first = new Process()
  await first.checkout('a')
  await first.close()
  await writeFile(join(folder, 'a/record.json'), record)
  const second = new Process()
  await second.checkout('a')
  await second.close()
  expect(second.installs).toBe(1)
  const third = new Process()
  await third.checkout('a')
  expect(third.installs).toBe(0)
})

test('a setup that fails leaves no layer, and the next one that needs it runs it again', async () => {
  const only = new Process()
  await expect(only.checkout('a', 'no network')).rejects.toThrow('no network')
  await only.checkout('a')
  await only.close()
  expect(only.installs).toBe(2)
  expect(await layers()).toEqual(['a'])
})

test('a digest of contents tells modes, kinds, targets and contents apart, and does not depend on times', async () => {
  const digests = new Set<string>()
  const make = async (name: string, more: (at: string) => Promise<unknown>) => {
    const at = join(ground, name)
    await mkdir(join(at, 'f'), { recursive: true })
    await writeFile(join(at, 'f/x'), 'x')
    await more(at)
    const digest = await contentDigestOf(at)
    digests.add(digest)
    return digest
  }
  const plain = await make('plain', async () => undefined)
  expect(await make('later', (at) => utimes(join(at, 'f/x'), 1, 1))).toBe(plain)
  await make('content', (at) => writeFile(join(at, 'f/x'), 'y'))
  await make('mode', (at) => writeFile(join(at, 'f/y'), '', { mode: 0o755 }))
  await make('other mode', (at) => writeFile(join(at, 'f/y'), '', { mode: 0o644 }))
  await make('link', (at) => symlink('x', join(at, 'f/y')))
  await make('other link', (at) => symlink('z', join(at, 'f/y')))
  await make('folder', (at) => mkdir(join(at, 'f/y')))
  expect(digests.size).toBe(7)
})

test('a stamp tells every change after it, also one of the same length that puts the times back', async () => {
  const file = join(ground, 'f')
  await writeFile(file, 'one')
  const before = await settledStampOf(ground)
  await writeFile(file, 'two')
  await utimes(file, 1, 1)
  expect((await stampOf(ground)).stamp).not.toBe(before.stamp)
})
