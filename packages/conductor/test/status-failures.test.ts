import { afterEach, expect, test } from 'vitest'
import { failureText, readStatus, redo, statusText } from '../src/index.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

async function status(): Promise<string> {
  const found = await readStatus(await workspace.open())
  return found === undefined ? '' : statusText(found, 'none')
}

/** One phase whose module leaves its paths, or an agent that ends badly. */
const spec = specOf(['One', '- a', 'Modules: api (api/**)', 'Test Command: test -d api'])

test.each([
  ['left its paths', 'mkdir api; touch api/a other.txt', 'ownership'],
  ['ended without its work', 'exit 3', 'agent-unavailable'],
])('the status of a run whose agent %s says what its end said, until it is done', async (_, script, reason) => {
  workspace = await Workspace.with({ spec, agents: { implement: script } })
  const run = await workspace.conduct()
  const [failure] = run.failures
  expect(failure).toMatchObject({ reason, hint: expect.stringContaining('npx nx run spec:conduct') })
  expect(await status()).toContain(failure === undefined ? '?' : failureText(failure))
  await workspace.agents.play({ implement: 'mkdir api; touch api/a' })
  const text = specOf(['One', '- a', '- and no more', 'Modules: api (api/**)', 'Test Command: test -d api'])
  await workspace.commit({ '.spec/SPEC.md': text })
  const done = await workspace.conduct()
  expect(done.failures, done.text).toEqual([])
  expect(await status()).not.toContain('✖')
})

test.each([
  ['ended without its work', 'exit 3'],
  ['wrote what fails its gates', 'mkdir api; touch api/b'],
])('after redo of a phase whose agent %s the status says nothing of it any more', async (_, script) => {
  workspace = await Workspace.with({
    spec: specOf(['One', '- a', 'Modules: api (api/**)', 'Test Command: test -f api/a']),
    agents: { implement: script },
  })
  await workspace.conduct()
  expect(await status()).toContain('✖')
  const context = await workspace.open()
  await redo(context, '1')
  await context.close()
  expect(await status()).not.toContain('✖')
  expect(await status()).toMatch(/· +phase 1 +One +not-started/)
})
