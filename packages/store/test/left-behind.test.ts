import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ownedName } from '@nx-conduct/git/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { currentHolder, type Holder, openRunLog } from '../src/index.ts'
import { Repository } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

function scratchOf(holder: Holder, spec = 'spec'): string {
  const folder = join(repository.commonDir, 'conduct', 'store', `${ownedName(`${spec}@`, holder)}left`)
  mkdirSync(folder, { recursive: true })
  return folder
}

function open(holder: Holder) {
  return openRunLog({
    commonDir: repository.commonDir,
    spec: 'spec',
    holder,
    now: () => new Date(),
    onNotice() {},
  })
}

it('leases of killed processes go with the next process that closes the log, whether or not it wants them', async () => {
  const self = currentHolder()
  const { pid } = spawnSync('true')
  const killed = await open({ ...self, pid })
  const unknown = await open({ ...self, host: 'elsewhere' })
  await killed.acquire('step', 30_000)
  await unknown.acquire('other step', 30_000)
  await (await open(self)).close()
  expect(repository.git('for-each-ref', 'refs/conduct/spec/lease').split('\n')).toHaveLength(1)
  const log = await open(self)
  expect((await log.acquire('other step', 30_000)).kind).toBe('held')
  await Promise.all([log.close(), killed.close(), unknown.close()])
})

it('a process that only reads the log removes the scratch files of killed writers, and those alone', async () => {
  const self = currentHolder()
  const { pid } = spawnSync('true')
  const dead = scratchOf({ ...self, pid })
  const alive = scratchOf({ ...self, pid: process.ppid, startedAt: 'unknown' })
  const log = await open(self)
  await log.state()
  await log.close()
  expect(existsSync(dead)).toBe(false)
  expect(existsSync(alive)).toBe(true)
})

it('scratch files of killed writers of every spec go, and those of hosts that cannot be seen stay', async () => {
  const self = currentHolder()
  const { pid } = spawnSync('true')
  const folders = [
    scratchOf({ ...self, pid }, 'other'),
    scratchOf(self, 'other'),
    scratchOf({ ...self, pid, host: 'elsewhere' }),
    join(repository.commonDir, 'conduct', 'store', 'not-ours'),
  ]
  mkdirSync(folders[3] ?? '')
  await (await open(self)).close()
  expect(folders.map(existsSync)).toEqual([false, true, true, true])
})
