import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Progress } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, expect, test, vi } from 'vitest'
import { call, Scene } from './rig.ts'

let scene: Scene
afterEach(() => scene.remove())

/** Its test says that it began, and goes on for as long as nobody allows it to end. */
const slow = `---
name: spec
review: off
lint: none
---
# Slow

## Implementation Phases

### Phase 1: Slow
- Write a file
Modules: one (one/**)
Test Command: sh slow.sh
`

async function begin() {
  scene = await Scene.with(slow)
  const script = `echo $$ > ${scene.ground}/began; while [ ! -e ${scene.ground}/go ]; do sleep 0.05; done; echo over\n`
  await scene.write({ 'slow.sh': script })
  await scene.git('add', '--all')
  await scene.git('commit', '--quiet', '--message', 'A slow test')
  const client = await scene.client()
  const { task_id } = await call(client, 'start_task', { description: 'Slow', working_dir: scene.root })
  const { path } = await call(client, 'create_worktree', { task_id, name: 'one' })
  await scene.write({ 'one/made.txt': 'made\n' }, path)
  return { client, task_id, path }
}

function checkpoint(client: Client, task_id: string, options: Parameters<Client['callTool']>[2]) {
  const args = { task_id, phase: '1', working_dir: scene.root }
  return client.callTool({ name: 'create_checkpoint', arguments: args }, undefined, options)
}

/** Resolves with the process of the gate's command once it runs. */
async function began(): Promise<number> {
  const file = join(scene.ground, 'began')
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20)
  return Number(readFileSync(file, 'utf8'))
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a caller that asks for it hears what a long call is at', async () => {
  const { client, task_id } = await begin()
  let aheadMs = 0
  vi.spyOn(scene.host.clock, 'monotonicMs').mockImplementation(() => performance.now() + aheadMs)
  const heard: Progress[] = []
  const made = checkpoint(client, task_id, { onprogress: (progress) => heard.push(progress) })
  await began()
  aheadMs = 15_000
  const lines = () => heard.map(({ message }) => message).join('\n')
  await expect.poll(lines, { timeout: 5_000 }).toContain('sh slow.sh')
  await scene.write({ go: '' }, scene.ground)
  expect(await made).toMatchObject({ structuredContent: { made: true } })
  expect(heard.map(({ progress }) => progress)).toEqual(heard.map((_, at) => at + 1))
})

test('a call that is cancelled ends its gate and leaves nothing half-made; the same call again makes the checkpoint', async () => {
  const { client, task_id, path } = await begin()
  const refs = await scene.git('for-each-ref', 'refs/heads')
  const cancelled = new AbortController()
  const attempt = checkpoint(client, task_id, { signal: cancelled.signal })
  const ended = expect(attempt).rejects.toThrow('no longer wanted')
  const gate = await began()
  cancelled.abort(new Error('no longer wanted'))
  await ended
  await expect.poll(() => runs(gate), { timeout: 5_000 }).toBe(false)
  expect(await call(client, 'list_checkpoints', { task_id })).toEqual({ checkpoints: [] })
  expect(await call(client, 'get_task_state', { task_id })).toMatchObject({ status: 'open', phases_complete: [] })
  expect(await scene.git('for-each-ref', 'refs/heads')).toBe(refs)
  expect(await scene.git('status', '--porcelain')).toBe('')
  expect(readFileSync(join(path, 'one/made.txt'), 'utf8')).toBe('made\n')

  await scene.write({ go: '' }, scene.ground)
  const again = await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: scene.root })
  expect(again).toMatchObject({ made: true, failed: [] })
  const { checkpoints } = await call(client, 'list_checkpoints', { task_id })
  expect(checkpoints).toHaveLength(1)
})
