import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunContext, reclaim } from '../src/index.ts'
import { record } from '../src/step/record.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
let context: RunContext
let result: string
beforeEach(async () => {
  workspace = await Workspace.with({ spec: specOf(['One', '- a']) })
  context = await workspace.open()
  const { base, id } = context.run
  result = await workspace.git('commit-tree', base.tree, '-p', base.commit, '-m', 'Result')
  await record(context, { type: 'finalize.started', run: id, branch: 'main', from: base.commit, to: result })
})
afterEach(() => workspace.remove())

const status = async () => (await context.log.state()).runs[context.run.id]?.status

test('the end of a run that was killed after it had moved the branch is recorded by the next process', async () => {
  await workspace.git('merge', '--quiet', '--ff-only', result)
  // The person may have committed since.
  await workspace.commit({ 'notes.txt': 'mine\n' })
  await reclaim(await workspace.open())
  const run = (await context.log.state()).runs[context.run.id]
  expect(run?.finalized).toMatchObject({ branch: 'main', to: result, moved: true, tree: context.run.base.tree })
  expect(workspace.said).toContainEqual(expect.objectContaining({ code: 'finished-before' }))
  const { seq } = await context.log.state()
  await reclaim(context)
  expect((await context.log.state()).seq).toBe(seq)
})

test('a run that was killed before it moved the branch is resumed', async () => {
  await reclaim(await workspace.open())
  expect(await status()).toBe('finalizing')
  expect((await workspace.open()).run).toMatchObject({ id: context.run.id, resumed: true })
})
