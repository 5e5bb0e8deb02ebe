import { expect, test } from 'vitest'
import { schedule, type TaskEnd } from '../src/run/schedule.ts'

async function ends(
  graph: Readonly<Record<string, readonly string[]>>,
  failing: readonly string[],
  failFast = false,
): Promise<{ ends: readonly TaskEnd<boolean>[]; started: readonly string[] }> {
  const started: string[] = []
  const all: TaskEnd<boolean>[] = []
  const tasks = Object.entries(graph).map(([id, after]) => ({ id, after }))
  const run = async (id: string) => {
    started.push(id)
    await new Promise((resolve) => setImmediate(resolve))
    return !failing.includes(id)
  }
  for await (const end of schedule(tasks, run, { succeeded: (result) => result, stopsAll: () => failFast }))
    all.push(end)
  return { ends: all, started }
}

const diamond = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [] }

test('every task ends exactly once, after what it waits for', async () => {
  const { ends: all } = await ends(diamond, [])
  expect(all.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
  const at = (id: string) => all.findIndex((end) => end.id === id)
  expect(at('a')).toBeLessThan(at('b'))
  expect(at('c')).toBeLessThan(at('d'))
})

test('independent tasks are started together', async () => {
  const { started } = await ends(diamond, [])
  expect(started.slice(0, 2).sort()).toEqual(['a', 'e'])
})

test('what depends on a failure is skipped, and the rest continues', async () => {
  const { ends: all, started } = await ends(diamond, ['b'])
  expect(started).not.toContain('d')
  expect(all.find(({ id }) => id === 'd')).toEqual({ id: 'd', kind: 'skipped' })
  expect(
    all
      .filter(({ kind }) => kind === 'ran')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['a', 'b', 'c', 'e'])
})

test('a skip reaches all the way down', async () => {
  const { ends: all } = await ends({ a: [], b: ['a'], c: ['b'], d: ['c'] }, ['a'])
  expect(all.map(({ id, kind }) => [id, kind])).toEqual([
    ['a', 'ran'],
    ['b', 'skipped'],
    ['c', 'skipped'],
    ['d', 'skipped'],
  ])
})

test('failFast starts nothing more, and still every task ends', async () => {
  const { ends: all, started } = await ends({ a: [], b: ['c'], c: ['d'], d: [] }, ['a'], true)
  expect([...started].sort()).toEqual(['a', 'd'])
  expect(all).toHaveLength(4)
})

test('a cycle ends as skipped tasks instead of hanging', async () => {
  const { ends: all } = await ends({ a: ['b'], b: ['a'] }, [])
  expect(all.every(({ kind }) => kind === 'skipped')).toBe(true)
})
