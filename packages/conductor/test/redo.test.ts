import { epochName } from '@nx-conduct/spec'
import { afterEach, expect, test } from 'vitest'
import { redo, rollback } from '../src/index.ts'
import { epochOf } from '../src/step/keys.ts'
import { alteredLog } from './rig/log.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

const [one, two, three] = [
  ['One', '- a'],
  ['Two', '- b'],
  ['Three', '- c', 'Depends On: 1'],
] as const

let workspace: Workspace
afterEach(() => workspace.remove())

const epochRefs = () => workspace.git('for-each-ref', '--format=%(objectname)', 'refs/conduct/spec/epoch')

async function epochs(): Promise<Record<string, number>> {
  const context = await workspace.open()
  const found: Record<string, number> = {}
  const state = await context.log.state()
  for (const phase of context.plan.phases) found[phase.title] = epochOf(context.plan, state, phase)
  return found
}

test('a redo raises the phase and all that depend on it, in one event', async () => {
  workspace = await Workspace.with({ spec: specOf(one, two, three) })
  const context = await workspace.open()
  await redo(context, 'phase-1')
  expect(await epochs()).toEqual({ One: 1, Two: 1, Three: 1 })
  expect((await context.log.state()).seq).toBe(1)
  await redo(context, '2')
  expect(await epochs()).toEqual({ One: 1, Two: 2, Three: 1 })
})

test('a rollback raises all that the checkpoint is not made of, and one to the end of the plan nothing', async () => {
  workspace = await Workspace.with({ spec: specOf(one, two, three) })
  await rollback(await workspace.open(), '3')
  expect(await epochs()).toEqual({ One: 0, Two: 1, Three: 0 })

  const chain = specOf(one, two)
  await workspace.commit({ '.spec/SPEC.md': chain })
  const context = await workspace.open()
  const { seq } = await context.log.state()
  expect((await rollback(context, '2')).phases).toEqual([])
  expect((await context.log.state()).seq).toBe(seq)
})

test('a phase keeps its epoch when others are put in before it, and another one does not inherit it', async () => {
  workspace = await Workspace.with({ spec: specOf(one, two) })
  await redo(await workspace.open(), '2')
  await workspace.commit({ '.spec/SPEC.md': specOf(one, ['Between', '- x'], two) })
  expect(await epochs()).toEqual({ One: 0, Between: 0, Two: 1 })
})

test('phases with equal slices are redone one by one', async () => {
  const twin = ['Twin', '- t'] as const
  workspace = await Workspace.with({ spec: specOf(twin, [...twin, 'Depends On: none']) })
  const context = await workspace.open()
  const [first, second] = context.plan.phases
  if (!first || !second) throw new Error('no twins')
  expect(second.digest).toBe(first.digest)
  await redo(context, '2')
  const state = await context.log.state()
  expect(epochOf(context.plan, state, first)).toBe(0)
  expect(epochOf(context.plan, state, second)).toBe(1)
  const ref = `refs/conduct/spec/epoch/${epochName(context.plan, second)}`
  expect(await workspace.git('rev-parse', '--verify', ref)).toMatch(/^[0-9a-f]{40}$/)
})

test('a redo that was killed before it was recorded does not look like a later one', async () => {
  workspace = await Workspace.with({ spec: specOf(one) })
  const context = await workspace.open()
  const killed = {
    ...context,
    log: alteredLog(context.log, { append: () => new Promise<never>(() => undefined) }),
  }
  void redo(killed, '1')
  await expect.poll(epochRefs).toMatch(/^[0-9a-f]{40}$/)
  const before = await epochRefs()
  expect(await epochs()).toEqual({ One: 0 })
  await redo(context, '1')
  expect(await epochs()).toEqual({ One: 1 })
  expect(await epochRefs()).not.toBe(before)
})
