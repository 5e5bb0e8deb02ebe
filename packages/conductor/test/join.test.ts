import { commitTree } from '@nx-conduct/git'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunContext } from '../src/index.ts'
import { type AcceptedPhase, joinOf, type PhaseJoin } from '../src/merge/join.ts'
import { joinKey, keyInputs } from '../src/step/keys.ts'
import { specOf } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

const spec = specOf(
  ['One', '- a'],
  ['Two', '- b'],
  ['Three', '- c', 'Depends On: 1'],
  ['Four', '- d', 'Depends On: 2, 3'],
)
const author = { name: 'Maker', email: 'maker@example.com' }

let workspace: Workspace
let context: RunContext
let root: string
beforeEach(async () => {
  workspace = await Workspace.with({ spec })
  context = await workspace.open()
  root = context.run.base.commit
})
afterEach(() => workspace.remove())

/** Work of a phase: the file `name` on a parent. */
async function part(index: number, parent: string, name: string, at = '2026-01-01T00:00:00Z'): Promise<AcceptedPhase> {
  const phase = context.plan.phases[index]
  if (!phase) throw new Error(`no phase ${index}`)
  await workspace.git('checkout', '--quiet', parent)
  const tree = await workspace.git('rev-parse', `${await workspace.commit({ [name]: `${name}\n` })}^{tree}`)
  await workspace.git('checkout', '--quiet', 'main')
  const commit = await commitTree(context.workspace.repository, { tree, parents: [parent], message: 'x', author, at })
  return { phase, tree, commit }
}

async function keyOf(join: PhaseJoin): Promise<string> {
  const last = context.plan.phases.at(-1)
  if (!last) throw new Error('no phase')
  return joinKey(keyInputs(context, await context.log.state(), last), join, [])
}

test('work that another part contains already is not merged', async () => {
  const one = await part(0, root, 'one.txt')
  const two = await part(1, one.commit, 'two.txt')
  const three = await part(2, one.commit, 'three.txt')
  expect((await joinOf(context, [one, two])).parts).toEqual([two])
  expect((await joinOf(context, [two, two])).parts).toEqual([two])
  const join = await joinOf(context, [two, three, one])
  expect(join.parts).toEqual([two, three])
  expect(join.bases).toEqual([one.tree])
})

test('a third part is merged over what it has in common with either of the others', async () => {
  const one = await part(0, root, 'one.txt')
  const two = await part(1, root, 'two.txt')
  const three = await part(2, two.commit, 'three.txt')
  const four = await part(3, two.commit, 'four.txt')
  expect((await joinOf(context, [one, three, four])).bases).toEqual([context.run.base.tree, two.tree])
})

test('equal trees on other commits are the same work; other trees, and another common base, are not', async () => {
  const one = await part(0, root, 'one.txt')
  const two = await part(1, one.commit, 'two.txt')
  const three = await part(2, one.commit, 'three.txt')
  const key = await keyOf(await joinOf(context, [two, three]))

  const later = await part(0, root, 'one.txt', '2027-01-01T00:00:00Z')
  const again = [await part(1, later.commit, 'two.txt'), await part(2, later.commit, 'three.txt')] as const
  expect(again[0].commit).not.toBe(two.commit)
  expect(await keyOf(await joinOf(context, [...again]))).toBe(key)

  expect(await keyOf(await joinOf(context, [two, await part(2, one.commit, 'else.txt')]))).not.toBe(key)
  const apart = { ...three, commit: await commitOn(three.tree) }
  expect(await keyOf(await joinOf(context, [two, apart]))).not.toBe(key)
})

/** The tree as if it had been made on the run's base. */
function commitOn(tree: string): Promise<string> {
  return commitTree(context.workspace.repository, {
    tree,
    parents: [root],
    message: 'x',
    author,
    at: '2026-01-01T00:00:00Z',
  })
}
