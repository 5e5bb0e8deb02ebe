import type { Lease } from '@nx-conduct/store'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Conduct } from '../src/index.ts'
import { underLease } from '../src/step/lease.ts'
import { Superseded } from '../src/step/record.ts'

const lease: Lease = { key: 'k', fence: 1, holder: { host: 'h', pid: 1, startedAt: 's' }, since: 'now' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('work is told when its lease was lost, and the result of who took it over counts', async () => {
  let theirs: string | undefined
  const renewals = [true, false]
  const conduct = {
    signal: new AbortController().signal,
    report: () => undefined,
    log: {
      acquire: async () => ({ kind: 'acquired', lease }),
      renew: async () => renewals.shift() ?? false,
      release: async () => undefined,
    },
  } as unknown as Conduct
  const done = underLease(
    conduct,
    { place: { step: 'finalize' }, key: 'k', theirs: async () => theirs },
    ({ lost }) =>
      new Promise<string>((_, reject) => {
        lost.addEventListener('abort', () => {
          theirs = 'their result'
          reject(new Superseded('the lease is gone'))
        })
      }),
  )
  await vi.advanceTimersByTimeAsync(10_000)
  expect(theirs).toBeUndefined()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await done).toBe('their result')
})
