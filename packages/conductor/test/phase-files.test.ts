import { compile, phaseFileText } from '@nx-conduct/spec'
import { afterEach, expect, test } from 'vitest'
import { type PhaseText, specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const one: PhaseText = ['One', '- a', 'Test Command: test -f phase-1.txt']
const two: PhaseText = ['Two', '- b', 'Test Command: test -f phase-2.txt']

/** The compiled slices in the branch, by path. */
async function slices(): Promise<Record<string, string>> {
  if (workspace === undefined) throw new Error('there is no workspace')
  const paths = (await workspace.git('ls-tree', '-r', '--name-only', 'main', '.spec/phases')).split('\n')
  const found: Record<string, string> = {}
  for (const path of paths.filter((each) => each.endsWith('phase.json')))
    found[path] = `${await workspace.git('show', `main:${path}`)}\n`
  return found
}

const written = (spec: string) =>
  Object.fromEntries(
    compile(spec).phases.map((phase) => [`.spec/phases/${phase.slug}/phase.json`, phaseFileText(phase)]),
  )

test('the result has each phase’s slice as `nx sync` writes it, and those of phases that are gone no longer', async () => {
  const first = specOf(one, two)
  workspace = await Workspace.with({ spec: first })
  expect((await workspace.conduct()).failures).toEqual([])
  expect(await slices()).toEqual(written(first))
  // One phase is removed and another changed.
  const second = specOf(['Other', '- c', 'Test Command: test -f phase-1.txt'])
  await workspace.commit({ '.spec/SPEC.md': second })
  expect((await workspace.conduct()).failures).toEqual([])
  expect(await slices()).toEqual(written(second))
})

test('the result of a draft has none: `nx sync` reads the committed spec there', async () => {
  workspace = await Workspace.with({ spec: specOf(one) })
  await workspace.write({ '.spec/SPEC.md': specOf(one, two) })
  expect((await workspace.conduct()).failures).toEqual([])
  expect(await slices()).toEqual({})
})
