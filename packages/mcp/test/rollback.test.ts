import { afterEach, expect, test } from 'vitest'
import { call, Scene } from './rig.ts'

let scene: Scene
afterEach(() => scene.remove())

test('a rollback to the newest checkpoint of a complete phase leaves it complete, and says so twice', async () => {
  scene = await Scene.with()
  const client = await scene.client()
  const { task_id } = await call(client, 'start_task', { description: 'Numbers', working_dir: '.' })
  const one = await call(client, 'create_worktree', { task_id, name: 'one' })
  const other = await call(client, 'create_worktree', { task_id, name: 'other' })
  await scene.write({ 'one/number.txt': '1\n' }, one.path)
  await scene.write({ 'other/number.txt': '2\n' }, other.path)
  const made = await call(client, 'create_checkpoint', { task_id, phase: '1', working_dir: '.' })
  await call(client, 'mark_phase_complete', { task_id, phase_name: '1', checkpoint_id: made.id })
  for (let time = 1; time <= 2; time += 1) {
    const back = await call(client, 'rollback_to_checkpoint', { task_id, checkpoint_id: made.id })
    expect(back).toMatchObject({ phase: '1', built_again: ['2'], worktrees_removed: [] })
    expect(await call(client, 'get_task_state', { task_id })).toMatchObject({
      phases_complete: ['1'],
      current_phase: '2',
    })
  }
})
