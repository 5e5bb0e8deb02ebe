import { afterEach, expect, test } from 'vitest'
import { freePort, type RedisServer, startRedis } from './rig/redis.ts'
import { specOf, specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
let redis: RedisServer | undefined
afterEach(async () => {
  await workspace.remove()
  await redis?.stop()
  redis = undefined
})

const one = ['One', '- a', 'Test Command: test -f phase-1.txt'] as const

test("a run's events and checkpoints are in git and in Redis, and two conductors share it", async () => {
  redis = await startRedis()
  workspace = await Workspace.with({ spec: specOf(one) })
  const env = { NX_CONDUCT_REDIS_URL: redis.url }
  const [first, second] = await Promise.all([workspace.conduct({ env }), workspace.conduct({ env })])
  expect([...first.failures, ...second.failures], `${first.text}\n${second.text}`).toEqual([])
  expect(await workspace.agents.sessions()).toHaveLength(1)

  const keys = await redis.client.keys('conduct:{*}:*')
  const named = (name: string) => keys.find((key) => key.endsWith(`}:${name}`)) ?? ''
  const [checkpoint = ''] = await redis.client.lrange(named('checkpoints'), 0, -1)
  expect(JSON.parse(checkpoint)).toMatchObject({
    phase: '1',
    commit: await workspace.git('rev-parse', 'refs/conduct/spec/checkpoint/1'),
  })
  const { seq } = await (await workspace.open({ env })).log.state()
  expect(await redis.client.xlen(named('log'))).toBe(seq)
})

test('a Redis that cannot be reached is announced, and the run continues on git', async () => {
  workspace = await Workspace.with({ spec: specOf(one) })
  const run = await workspace.conduct({ env: { NX_CONDUCT_REDIS_URL: `redis://127.0.0.1:${await freePort()}` } })
  expect(run.failures, run.text).toEqual([])
  expect(run.text).toMatch(/Redis cannot be used/)
})

test('a Redis that is required and cannot be reached stops the run before any agent', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`
  workspace = await Workspace.with({ spec: specWith(`redis: { url: "${url}", mode: required }`, one) })
  await expect(workspace.conduct()).rejects.toMatchObject({ code: 'redis' })
  expect(await workspace.agents.sessions()).toEqual([])
})
