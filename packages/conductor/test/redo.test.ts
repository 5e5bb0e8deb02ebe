import { epochName } from '@nx-conduct/spec'
import { afterEach, expect, test } from 'vitest'
import { redo, rollback } from '../src/index.ts'
import { keyInputs } from '../src/step/keys.ts'
import { specOf, Workspace } from './rig.ts'

const [one, two, three] = [
  ['One', '- a'],
  ['Two', '- b'],
  ['Three', '- c', 'Depends On: 1'],
] as const

let workspace: Workspace
afterEach(() => workspace.remove())

const epochRefs = () => workspace.git('for-each-ref', '--format=%(objectname)', 'refs/conduct/spec/epoch')

async function epochs(): Promise<Record<string, number>> {
  const conduct = await workspace.conduct()
  const found: Record<string, number> = {}
  for (const phase of conduct.plan.phases) found[phase.title] = (await keyInputs(conduct, phase)).epoch
  return found
}

test('a redo raises the phase and all that stand on it, in one event', async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(one, two, three) })
  const conduct = await workspace.conduct()
  await redo(conduct, 'phase-1')
  expect(await epochs()).toEqual({ One: 1, Two: 1, Three: 1 })
  expect((await conduct.log.state()).seq).toBe(1)
  await redo(conduct, '2')
  expect(await epochs()).toEqual({ One: 1, Two: 2, Three: 1 })
})

test('a rollback raises all that the checkpoint is not made of, and one to the end of the plan nothing', async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(one, two, three) })
  await rollback(await workspace.conduct(), '3')
  expect(await epochs()).toEqual({ One: 0, Two: 1, Three: 0 })

  const chain = specOf(one, two)
  await workspace.commit({ '.spec/SPEC.md': chain })
  const conduct = await workspace.conduct()
  const { seq } = await conduct.log.state()
  expect((await rollback(conduct, '2')).phases).toEqual([])
  expect((await conduct.log.state()).seq).toBe(seq)
})

test('a phase keeps its epoch when others are put in before it, and another one does not inherit it', async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(one, two) })
  await redo(await workspace.conduct(), '2')
  await workspace.commit({ '.spec/SPEC.md': specOf(one, ['Between', '- x'], two) })
  expect(await epochs()).toEqual({ One: 0, Between: 0, Two: 1 })
})

test('phases with equal slices are redone one by one', async () => {
  const twin = ['Twin', '- t'] as const
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(twin, [...twin, 'Depends On: none']) })
  const conduct = await workspace.conduct()
  const [first, second] = conduct.plan.phases
  if (!first || !second) throw new Error('no twins')
  expect(second.digest).toBe(first.digest)
  await redo(conduct, '2')
  expect((await keyInputs(conduct, first)).epoch).toBe(0)
  expect((await keyInputs(conduct, second)).epoch).toBe(1)
  const ref = `refs/conduct/spec/epoch/${epochName(conduct.plan, second)}`
  expect(await workspace.git('rev-parse', '--verify', ref)).toMatch(/^[0-9a-f]{40}$/)
})

test('a redo that was killed before the log said so leaves nothing that a later one could be mistaken for', async () => {
  workspace = await Workspace.with({ '.spec/SPEC.md': specOf(one) })
  const conduct = await workspace.conduct()
  const killed = {
    ...conduct,
    log: { ...conduct.log, state: () => conduct.log.state(), append: () => new Promise<never>(() => undefined) },
  }
  void redo(killed, '1')
  await expect.poll(epochRefs).toMatch(/^[0-9a-f]{40}$/)
  const before = await epochRefs()
  expect(await epochs()).toEqual({ One: 0 })
  await redo(conduct, '1')
  expect(await epochs()).toEqual({ One: 1 })
  expect(await epochRefs()).not.toBe(before)
})
