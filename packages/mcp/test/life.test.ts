import { existsSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { call, refused, Scene } from './rig.ts'

let scene: Scene
afterEach(() => scene.remove())

test('a task goes from its start to a moved branch, with a red gate and a rollback in between', async () => {
  scene = await Scene.with()
  const client = await scene.client()
  const head = await scene.git('rev-parse', 'HEAD')
  await client.listTools()
  const started = await call(client, 'start_task', { description: 'Numbers', working_dir: scene.root })
  expect(started).toMatchObject({
    status: 'started',
    spec: '.spec/SPEC.md',
    branch: 'main',
    diagnostics: [{ code: 'implicit-module' }],
  })
  expect(started.phases.map(({ id }: { id: string }) => id)).toEqual(['1', '2'])
  const { task_id } = started

  const one = await call(client, 'create_worktree', { task_id, name: 'one' })
  expect(one).toMatchObject({ phase: '1', owned_paths: ['one/**'], others_own: ['other/**'], created: true })
  const other = await call(client, 'create_worktree', { task_id, name: 'other', base_dir: scene.root, phase: '1' })
  expect((await call(client, 'create_worktree', { task_id, name: 'one' })).path).toBe(one.path)
  await scene.write({ 'one/number.txt': '2\n' }, one.path)
  await scene.write({ 'other/number.txt': '2\n' }, other.path)
  const { worktrees } = await call(client, 'list_worktrees', { task_id })
  expect(worktrees).toMatchObject([
    { module: 'one', state: 'dirty', changed: ['one/number.txt'] },
    { module: 'other', state: 'dirty' },
  ])

  const red = await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: scene.root })
  expect(red).toMatchObject({ made: false, failed: [{ gate: 'test', exit_code: 1 }] })
  expect(await call(client, 'list_checkpoints', { task_id })).toEqual({ checkpoints: [] })
  await scene.write({ 'one/number.txt': '1\n' }, one.path)
  const made = await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: one.path })
  expect(made).toMatchObject({ made: true, pending: [], failed: [] })
  expect(await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: scene.root })).toMatchObject({
    id: made.id,
  })

  expect(await refused(client, 'mark_phase_complete', { task_id, phase_name: '2', checkpoint_id: made.id })).toContain(
    'of phase 1',
  )
  const complete = await call(client, 'mark_phase_complete', { task_id, phase_name: 'Base', checkpoint_id: made.id })
  expect(complete).toMatchObject({ phases_complete: ['1'] })

  const { path } = await call(client, 'create_worktree', { task_id, name: 'sums' })
  await scene.write({ 'sum.txt': '3\n' }, path)
  const second = await call(client, 'create_checkpoint', { task_id, phase: '2', working_dir: scene.root })
  expect(second.made).toBe(true)
  await call(client, 'mark_phase_complete', { task_id, phase_name: '2', checkpoint_id: second.id })

  const back = await call(client, 'rollback_to_checkpoint', { task_id, checkpoint_id: made.id })
  expect(back).toMatchObject({ phase: '1', built_again: ['2'], kept: [{ phase: '2', commit: second.sha }] })
  expect(existsSync(path)).toBe(false)
  const state = await call(client, 'get_task_state', { task_id })
  expect(state).toMatchObject({ status: 'open', phases_complete: ['1'], current_phase: '2' })
  expect(await refused(client, 'complete_task', { task_id, commit_changes: true })).toContain('phase 2 is not complete')

  const again = await call(client, 'create_worktree', { task_id, name: 'sums' })
  await scene.write({ 'sum.txt': '1 + 2 = 3\n' }, again.path)
  const third = await call(client, 'create_checkpoint', { task_id, phase: '2', working_dir: again.path })
  await call(client, 'mark_phase_complete', { task_id, phase_name: '2', checkpoint_id: third.id })
  expect(await scene.git('rev-parse', 'HEAD')).toBe(head)
  expect(await scene.git('status', '--porcelain')).toBe('')

  const done = await call(client, 'complete_task', { task_id, commit_changes: true })
  expect(done).toMatchObject({ status: 'branch moved', branch: 'main' })
  expect(await call(client, 'complete_task', { task_id, commit_changes: true })).toEqual(done)
  expect(await scene.read('sum.txt')).toBe('1 + 2 = 3\n')
  expect(await scene.git('rev-parse', 'HEAD')).toBe(done.commit)
  expect(await call(client, 'get_task_state', { task_id })).toMatchObject({ status: 'complete' })
  const cleaned = await call(client, 'cleanup_worktrees', { task_id })
  expect(cleaned.kept).toEqual([])
  expect(cleaned.removed).toHaveLength(3)
})
