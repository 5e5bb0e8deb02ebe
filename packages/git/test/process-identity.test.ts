import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { isAlive, isRunning, livenessOf, parseIdentity, processIdentity } from '../src/process/index.ts'

const self = processIdentity()
const free = spawnSync('true').pid
const [kind, machine = '', boot = '', namespace = '', ticks = ''] = self.startedAt.split('/')
const mark = (...parts: string[]) => parts.join('/')

describe('a process is dead', () => {
  it('when it has ended, also before it was collected', async () => {
    const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    // Its parent has become another program that never collects it.
    const zombie = { ...self, pid: Number(said), startedAt: `${self.startedAt}1` }
    await vi.waitFor(() => expect(livenessOf(zombie)).toBe('dead'))
    await vi.waitFor(() => expect(isRunning(zombie.pid)).toBe(false))
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    expect(livenessOf({ ...self, pid: child.pid ?? 0 })).toBe('dead')
    expect(isRunning(child.pid ?? 0)).toBe(false)
  })

  it('when its pid belongs to a process that started at another time', () => {
    expect(livenessOf({ ...self, startedAt: `${self.startedAt}1` })).toBe('dead')
  })

  it.skipIf(kind !== 'linux' || machine === '')('when its machine was started again since', () => {
    const before = mark('linux', machine, '00000000', namespace, ticks)
    expect(livenessOf({ ...self, startedAt: before })).toBe('dead')
  })
})

describe('a process may be alive', () => {
  it.each([
    ['when it is this one', self, 'alive'],
    ['on another host', { ...self, host: 'elsewhere', pid: free }, 'unknown'],
    ['when its mark is of another form', { ...self, startedAt: 'unknown' }, 'unknown'],
    ['when its mark is of an older form', { ...self, pid: free, startedAt: mark('linux', boot, '1', '5') }, 'unknown'],
  ])('%s', (_when, owner, liveness) => {
    expect(livenessOf(owner)).toBe(liveness)
    expect(isAlive(owner)).toBe(true)
  })

  it.skipIf(kind !== 'linux').each([
    ['on another machine of the same name', mark('linux', '00000000', '00000000', namespace, ticks)],
    ['on a machine without an id', mark('linux', '', '00000000', namespace, ticks)],
    ['in another container', mark('linux', machine, boot, '1', ticks)],
  ])('%s', (_where, startedAt) => {
    expect(livenessOf({ ...self, pid: free, startedAt })).toBe('unknown')
  })
})

describe('a pid', () => {
  it('is running while its process is, and never stands for a group of processes', () => {
    expect(isRunning(process.pid)).toBe(true)
    for (const pid of [free, 0, -1, 0.5, Number.NaN, 2 ** 53]) expect(isRunning(pid)).toBe(false)
  })
})

describe('an identity', () => {
  it('is read as it was written, and nothing else is one', () => {
    expect(parseIdentity(JSON.stringify(self))).toEqual(self)
    for (const json of ['', '{', 'null', '[]', '{"host":1}', JSON.stringify({ ...self, pid: '1' })])
      expect(parseIdentity(json)).toBeUndefined()
  })
})
