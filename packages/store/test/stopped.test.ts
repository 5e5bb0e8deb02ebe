import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyHistory } from '../src/index.ts'
import { build } from './built.ts'
import { RedisServer } from './redis-server.ts'
import { accepted, opened, Repository } from './rig.ts'

const server = new RedisServer()
let entry: string
beforeAll(async () => {
  entry = build()
  await server.start()
})
afterAll(() => server.remove())
let repository: Repository
afterEach(() => repository.remove())

describe.each(['git alone', 'git and Redis'])('on %s', (backend) => {
  it('a process that is stopped past its lease and goes on has its result refused', async () => {
    repository = new Repository(backend === 'git alone' ? undefined : server.url)
    const redis = backend === 'git alone' ? {} : { redis: { url: server.url, mode: 'preferred' } }
    const [theirs, ours] = [repository.commit('theirs'), repository.commit('ours')]
    const log = await repository.open()
    await log.append({ operationId: 'open', body: opened(theirs.commit) })

    const source = `
      import { openRunLog, currentHolder } from ${JSON.stringify(entry)}
      const log = await openRunLog({ ...${JSON.stringify({ commonDir: repository.commonDir, spec: 'spec', ...redis })}, holder: currentHolder(), now: () => new Date(), onNotice() {} })
      const { lease } = await log.acquire('k', 300)
      console.log('acquired')
      process.stdin.once('data', async () => {
        const outcome = await log.append({ operationId: 'theirs', body: ${JSON.stringify(accepted(theirs, 'k'))}, lease })
        console.log(JSON.stringify(outcome), await log.renew(lease, 300))
        await log.close()
        process.exit()
      })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
    })
    await vi.waitFor(() => expect(said).toContain('acquired'), { timeout: 20_000 })
    child.kill('SIGSTOP')
    const lease = await vi.waitFor(
      async () => {
        const outcome = await log.acquire('k', 60_000)
        if (outcome.kind === 'held') throw new Error('still held')
        return outcome.lease
      },
      { timeout: 10_000 },
    )
    expect(await log.append({ operationId: 'ours', body: accepted(ours, 'k'), lease })).toMatchObject({
      kind: 'recorded',
    })
    const exited = once(child, 'exit')
    child.stdin.write('go on\n')
    child.kill('SIGCONT')
    await exited
    expect(said).toMatch(/"kind":"refused","refusal":\{"reason":"stale-fence","held":\d+,"offered":\d+\}\} false/)
    expect((await log.state()).steps['k']?.result?.commit).toBe(ours.commit)
    expect((await verifyHistory(repository.commonDir, 'spec')).problems).toEqual([])
  })
})
