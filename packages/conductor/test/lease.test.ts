import { afterEach, expect, test } from 'vitest'
import type { Progress } from '../src/index.ts'
import { underLease } from '../src/step/lease.ts'
import { Superseded } from '../src/step/record.ts'
import { alteredLog } from './rig/log.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

const waits = { leaseMs: 300, pollMs: 10 }
const leased = { place: { step: 'finalize' }, key: 'k', recorded: () => undefined } as const

test('only one works under a key at a time, and who waited gets the result', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  const context = await workspace.open({ waits })
  let result: string | undefined
  let works = 0
  const work = async () => {
    works += 1
    // Longer than a lease lasts: it is renewed meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 2 * waits.leaseMs))
    result = 'done'
    return result
  }
  const both = [0, 1].map(() => underLease(context, { ...leased, recorded: () => result }, work))
  expect(await Promise.all(both)).toEqual(['done', 'done'])
  expect(works).toBe(1)
  expect(workspace.said).toContainEqual(
    expect.objectContaining({ type: 'waiting', holder: expect.stringMatching(/process/) }),
  )
})

test('work is told when its lease was lost, and the result of who took it over counts', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  const context = await workspace.open({ waits })
  let theirs: string | undefined
  const log = alteredLog(context.log, { renew: async () => false })
  const done = underLease(
    { ...context, log },
    { ...leased, recorded: () => theirs },
    ({ lost }) =>
      new Promise<string>((_, reject) => {
        lost.addEventListener('abort', () => {
          theirs = 'their result'
          reject(new Superseded('the lease is gone'))
        })
      }),
  )
  expect(await done).toBe('their result')
  expect(workspace.said.filter((progress: Progress) => progress.type === 'notice')).toMatchObject([
    { code: 'lease-lost' },
  ])
})

test('a process that is stopped does not wait for another', async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  const context = await workspace.open({ waits })
  await context.log.acquire('k', 60_000)
  const stop = new AbortController()
  const waiting = underLease(
    { ...context, surroundings: { ...context.surroundings, signal: stop.signal } },
    leased,
    async () => 'never',
  )
  stop.abort()
  await expect(waiting).rejects.toThrow('stopped while another process held the step')
})
