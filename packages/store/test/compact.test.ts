import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compact, shouldCompact } from '../src/git/compact.ts'
import { logPlace } from '../src/git/place.ts'
import { verifyHistory } from '../src/index.ts'
import { accepted, opened, Repository } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

const loose = () => Number(/^count: (\d+)$/m.exec(repository.git('count-objects', '-v'))?.[1])

describe('packing the log', () => {
  it('leaves no loose object of it, and the log reads and grows as before', async () => {
    const log = await repository.open()
    const work = repository.commit('work')
    await log.append({ operationId: 'a', body: opened(work.commit) })
    await log.append({ operationId: 'b', body: accepted(work, 'k') })
    for (let index = 0; index < 10; index++)
      await log.append({ operationId: `n${index}`, body: { type: 'notice', code: 'x', message: `${index}` } })
    const before = await log.state()
    const packed = await compact(logPlace(repository.commonDir), 'refs/conduct/spec/log')
    expect(packed).toBeGreaterThanOrEqual(36)
    expect(loose()).toBeLessThan(8)
    expect(await (await repository.open()).state()).toEqual(before)
    expect(await log.append({ operationId: 'after', body: { type: 'notice', code: 'x', message: 'y' } })).toMatchObject(
      { kind: 'recorded' },
    )
    expect(await verifyHistory(repository.commonDir, 'spec')).toEqual({ problems: [], events: 13 })
    execFileSync('git', ['-C', repository.folder, 'fsck', '--strict'], { stdio: 'pipe' })
  })

  it('happens by itself before git would start a gc of its own accord', async () => {
    expect(await shouldCompact(repository.commonDir)).toBe(false)
    const log = await repository.open()
    repository.crowd()
    expect(await shouldCompact(repository.commonDir)).toBe(true)
    for (let index = 0; index < 200; index++)
      await log.append({ operationId: `n${index}`, body: { type: 'notice', code: 'x', message: `${index}` } })
    await vi.waitFor(() => expect(loose()).toBeLessThan(50), { timeout: 20_000 })
    expect((await (await repository.open()).state()).seq).toBe(200)
  })
})
