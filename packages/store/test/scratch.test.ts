import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { currentHolder, type Holder, openRunLog } from '../src/index.ts'
import { Repository } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

function scratchOf(holder: Holder): string {
  const folder = join(repository.commonDir, 'conduct', 'store', `spec@${holder.pid}@left`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(holder))
  return folder
}

it('a process that only reads the log removes the scratch files of killed writers, and those alone', async () => {
  const self = currentHolder()
  const { pid } = spawnSync('true')
  const dead = scratchOf({ ...self, pid })
  const alive = scratchOf({ ...self, pid: process.ppid, startedAt: 'unknown' })
  const log = await openRunLog({
    commonDir: repository.commonDir,
    spec: 'spec',
    holder: self,
    now: () => new Date(),
    onNotice() {},
  })
  await log.state()
  await log.close()
  expect(existsSync(dead)).toBe(false)
  expect(existsSync(alive)).toBe(true)
})
