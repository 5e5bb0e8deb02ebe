import { afterEach, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../rig/redis.ts'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

const conduct = ['run', 'spec:conduct', '--outputStyle=stream'] as const

let workspace: Workspace | undefined
let redis: RedisServer | undefined
afterEach(async () => {
  await workspace?.remove()
  await redis?.stop()
  workspace = undefined
  redis = undefined
})

test("a run's checkpoints are in git and in Redis, and every event is in the live stream", async () => {
  redis = await startRedis()
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
  const run = await workspace.nx(conduct, { NX_CONDUCT_REDIS_URL: redis.url })
  expect(run.exitCode, run.output).toBe(0)

  const refs = await workspace.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/conduct/spec/checkpoint')
  const inGit = Object.fromEntries(
    refs.split('\n').map((line) => line.replace('refs/conduct/spec/checkpoint/', '').split(' ') as [string, string]),
  )
  expect(Object.keys(inGit)).toEqual(['1', '2', '3', '4'])

  const keys = await redis.client.keys('conduct:{*}:*')
  const named = (name: string) => keys.find((key) => key.endsWith(`}:${name}`)) ?? ''
  const checkpoints = await redis.client.lrange(named('checkpoints'), 0, -1)
  const inRedis = Object.fromEntries(
    checkpoints
      .map((text) => JSON.parse(text) as { phase: string; commit: string })
      .map(({ phase, commit }) => [phase, commit]),
  )
  expect(inRedis).toEqual(inGit)

  const newest = await workspace.git('log', '-1', '--format=%s', 'refs/conduct/spec/log')
  expect(`${await redis.client.xlen(named('log'))} run.finalized`).toBe(newest)
})

test('a Redis that cannot be reached is said so, and the run goes on with git', async () => {
  redis = await startRedis()
  const { url } = redis
  await redis.stop()
  redis = undefined
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
  const run = await workspace.nx(conduct, { NX_CONDUCT_REDIS_URL: url })
  expect(run.exitCode, run.output).toBe(0)
  expect(run.output).toMatch(/Redis cannot be used .* the run goes on on git alone/)
})

test('a Redis that is required and cannot be reached stops the run before anything is bought', async () => {
  workspace = await makeWorkspace({
    spec: smallSpec({ settings: 'redis: { url: "redis://127.0.0.1:1", mode: required }' }),
    score: smallScore(),
  })
  const run = await workspace.nx(conduct)
  expect(run.exitCode).not.toBe(0)
  expect(run.output).toMatch(/Redis/)
  expect(run.output).not.toContain('▸ implementation-executor')
})

test('a Redis over TLS is used when its certificate is trusted, as Node is told', async () => {
  redis = await startRedis({ tls: true })
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
  const environment = { NX_CONDUCT_REDIS_URL: redis.url, NODE_EXTRA_CA_CERTS: redis.certificate ?? '' }
  const redo = await workspace.nx(['run', 'spec:redo', '--phase=4'], environment)
  expect(redo.exitCode, redo.output).toBe(0)
  expect(redo.output).not.toContain('cannot be used')
  const [log = ''] = await redis.client.keys('conduct:*:log')
  expect(await redis.client.xlen(log)).toBe(1)
})
