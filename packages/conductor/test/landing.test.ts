import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Conduct, reclaim } from '../src/index.ts'
import { record } from '../src/step/record.ts'
import { specOf, Workspace } from './rig.ts'

let workspace: Workspace
let conduct: Conduct
let result: string
beforeEach(async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(['One', '- a']) })
  conduct = await workspace.conduct()
  const { head } = conduct.run
  result = await workspace.git('commit-tree', head.tree, '-p', head.commit, '-m', 'Result')
  const at = { run: conduct.run.id, branch: 'main', from: head.commit, to: result }
  await record(conduct, { type: 'finalize.started', ...at })
})
afterEach(() => workspace.remove())

const status = async () => (await conduct.log.state()).runs[conduct.run.id]?.status

test('a run that was killed after it had moved the branch is finalized by the next process', async () => {
  await workspace.git('merge', '--quiet', '--ff-only', result)
  // The person may have gone on from there.
  await workspace.commit({ 'notes.txt': 'mine\n' })
  await reclaim(await workspace.conduct())
  const run = (await conduct.log.state()).runs[conduct.run.id]
  expect(run?.finalized).toMatchObject({ branch: 'main', to: result, moved: true, tree: conduct.run.head.tree })
  expect(workspace.said).toContainEqual(expect.objectContaining({ code: 'landed-before' }))
  const { seq } = await conduct.log.state()
  await reclaim(conduct)
  expect((await conduct.log.state()).seq).toBe(seq)
})

test('a run that was killed before it moved the branch is gone on with', async () => {
  await reclaim(await workspace.conduct())
  expect(await status()).toBe('finalizing')
  expect((await workspace.conduct()).run).toMatchObject({ id: conduct.run.id, resumed: true })
})
