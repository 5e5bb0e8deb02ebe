import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallScore, smallSpec } from '../rig/small.ts'
import { makeWorkspace, type Workspace } from '../rig/workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await makeWorkspace({ spec: smallSpec(), score: smallScore() })
})
afterAll(() => workspace.remove())

test('nx graph shows the phases and what they depend on', async () => {
  const made = await workspace.nx(['graph', '--file=g.json'])
  expect(made.exitCode, made.output).toBe(0)
  const { graph } = JSON.parse(await workspace.read('g.json')) as {
    graph: { nodes: Record<string, unknown>; dependencies: Record<string, { target: string }[]> }
  }
  const edges = Object.fromEntries(
    Object.entries(graph.dependencies).map(([name, to]) => [name, to.map(({ target }) => target).sort()]),
  )
  expect(edges).toMatchObject({
    'spec-phase-1': [],
    'spec-phase-2': ['spec-phase-1'],
    'spec-phase-3': ['spec-phase-1'],
    'spec-phase-4': ['spec-phase-2', 'spec-phase-3'],
  })
})

test('the task graph has the modules of a phase side by side, and no cached task behind a checkpoint', async () => {
  const { output } = await workspace.nx(['run', 'spec:conduct', '--graph=stdout'])
  const { tasks } = JSON.parse(output.slice(output.indexOf('{'))) as {
    tasks: { tasks: Record<string, { cache?: boolean }>; dependencies: Record<string, ({ id: string } | string)[]> }
  }
  const ids = (dependencies: readonly ({ id: string } | string)[]) =>
    dependencies.map((each) => (typeof each === 'string' ? each : each.id))
  const of = (id: string) => ids(tasks.dependencies[`spec-phase-${id}`] ?? [])
  expect(of('2:conduct-implement--add')).toEqual(['spec-phase-2:conduct-worktrees'])
  expect(of('2:conduct-implement--twice')).toEqual(['spec-phase-2:conduct-worktrees'])
  expect([...of('4:conduct-worktrees')].sort()).toEqual([
    'spec-phase-2:conduct-validate',
    'spec-phase-3:conduct-validate',
  ])
  for (const [id, dependencies] of Object.entries(tasks.dependencies)) {
    if (!ids(dependencies).some((other) => other.endsWith(':conduct-checkpoint'))) continue
    expect(tasks.tasks[id]?.cache, id).not.toBe(true)
  }
})

test('nx sync writes the compiled slices, and a changed word then selects exactly its phase', async () => {
  const sync = await workspace.nx(['sync'])
  expect(sync.exitCode, sync.output).toBe(0)
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'Sync')
  await workspace.write('.spec/SPEC.md', smallSpec().replace('Add numbers', 'Add two numbers'))
  await workspace.nx(['sync'])
  const changed = await workspace.git('status', '--porcelain')
  expect(
    changed
      .split('\n')
      .map((line) => line.slice(3))
      .sort(),
  ).toEqual(['.spec/SPEC.md', '.spec/phases/2/phase.json'])
  const affected = await workspace.nx([
    'show',
    'projects',
    '--affected',
    '--withTarget=test',
    '--json',
    '--uncommitted',
  ])
  expect(affected.exitCode, affected.output).toBe(0)
  const tasks = await workspace.nx(['affected', '-t', 'test', '--uncommitted', '--graph=stdout'])
  const { tasks: graph } = JSON.parse(tasks.output.slice(tasks.output.indexOf('{'))) as {
    tasks: { tasks: Record<string, unknown> }
  }
  expect(Object.keys(graph.tasks)).toEqual(['spec-phase-2:test'])
})

test('what Nx loads for every command is the compiler alone', () => {
  const outside = new Set<string>()
  const read = new Map<string, string>()
  const load = (file: URL): void => {
    if (read.has(file.href)) return
    const text = readFileSync(file, 'utf8')
    read.set(file.href, text)
    for (const [, name = ''] of text.matchAll(/^(?:import|export)\b.*?\bfrom "([^"]+)";$/gm)) {
      if (name.startsWith('.')) load(new URL(name, file))
      else outside.add(name)
    }
  }
  load(new URL('../../packages/nx-conduct/dist/index.js', import.meta.url))
  expect([...outside].filter((name) => !name.startsWith('node:'))).toEqual([])
  expect(read.size).toBeGreaterThan(1)
  const loaded = [...read.values()].join('\n')
  expect(loaded).toMatch(/function compile\b/)
  expect(loaded).not.toMatch(/ioredis|class Anthropic|simple-git/)
})
