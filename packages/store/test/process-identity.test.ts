import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { currentHolder, isProvablyDead } from '../src/process-identity.ts'

const self = currentHolder()

describe('a process is provably dead', () => {
  it('when it has ended, also before it was collected', async () => {
    const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    // Its parent has become another program that never collects it.
    const zombie = { ...self, pid: Number(said), startedAt: `${self.startedAt}1` }
    await vi.waitFor(() => expect(isProvablyDead(zombie, self)).toBe(true))
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    expect(isProvablyDead({ ...self, pid: child.pid ?? 0 }, self)).toBe(true)
  })

  it('when its pid belongs to a process that started at another time', () => {
    expect(isProvablyDead({ ...self, startedAt: `${self.startedAt}1` }, self)).toBe(true)
  })
})

describe('a process may be alive', () => {
  it.each([
    ['when it is this one', self],
    ['on another host', { ...self, host: 'elsewhere', pid: 999_999_999 }],
    ['in another boot or container', { ...self, pid: 999_999_999, startedAt: 'linux/00000000/1/5' }],
    ['when its mark says nothing and its pid is in use', { ...self, startedAt: 'unknown' }],
  ])('%s', (_when, holder) => {
    expect(isProvablyDead(holder, self)).toBe(false)
  })
})
