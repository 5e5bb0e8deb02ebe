import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  checkHistory,
  forecast,
  forecastText,
  readHistory,
  readStatus,
  statusText,
  summarise,
  summaryText,
} from '../src/index.ts'
import type { Ended } from './rig/conductor.ts'
import { smallSpec } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
let run: Ended
let started: string

beforeAll(async () => {
  workspace = await Workspace.with({ spec: smallSpec })
  await workspace.write({ 'untracked.txt': 'mine\n' })
  started = await workspace.git('rev-parse', 'HEAD')
  run = await workspace.conduct()
})
afterAll(() => workspace.remove())

test('every step of the plan is performed once, after those it depends on', async () => {
  expect(run.failures, run.text).toEqual([])
  expect(run.skipped).toEqual([])
  const order = [...run.outcomes.keys()]
  const at = (id: string) => order.indexOf(id)
  expect(order).toHaveLength(26)
  expect(at('1/validate')).toBeLessThan(at('2/worktrees'))
  expect(at('2/implement/twice')).toBeLessThan(at('2/integrate'))
  expect(order.at(-1)).toBe('finalize')
  expect([...(await workspace.agents.sessions())].sort()).toEqual([
    'implement 1',
    'implement 2 add',
    'implement 2 twice',
    'implement 3',
    'implement 4',
  ])
})

test('the branch has one commit per phase, labelled with phase and slice', async () => {
  const trailers = async (key: string) => {
    const format = `--format=%(trailers:key=${key},valueonly,separator=%x2C)`
    return (await workspace.git('log', format, `${started}..main`)).split('\n').filter(Boolean).sort()
  }
  expect(await trailers('Conduct-Phase')).toEqual(['1', '2', '3', '4'])
  expect(await trailers('Conduct-Slice')).toEqual(
    (await workspace.open()).plan.phases.map(({ digest }) => digest).sort(),
  )
})

test('the result holds the work and which slices it was built from, and nothing of the user has changed', async () => {
  const files = (await workspace.git('ls-tree', '-r', '--name-only', 'main')).split('\n')
  expect(files).toEqual(
    [
      ...['1', '2', '3', '4'].flatMap((id) => [`.spec/phases/${id}/built.json`, `.spec/phases/${id}/phase.json`]),
      '.spec/SPEC.md',
      'add/phase-2.txt',
      'phase-1.txt',
      'phase-3.txt',
      'phase-4.txt',
      'twice/phase-2.txt',
    ].sort(),
  )
  expect(await workspace.git('status', '--porcelain')).toBe('?? untracked.txt')
  expect(await workspace.read('phase-4.txt')).toBe('phase 4\n')
})

test('the repository has no worktree, lock or branch left of it', async () => {
  expect((await workspace.git('worktree', 'list')).split('\n')).toHaveLength(1)
  expect(await workspace.refs('refs/heads')).toEqual(['refs/heads/main'])
  expect(await workspace.refs('refs/conduct/spec/lease')).toEqual([])
})

test('the history checks out: complete phases have evidence for all their gates', async () => {
  expect(await checkHistory(workspace.root, 'spec')).toMatchObject({ problems: [] })
})

test('its events can be read without the spec, in order', async () => {
  const types: string[] = []
  const numbers: number[] = []
  for await (const { seq, body } of readHistory(workspace.root, 'spec', () => undefined)) {
    types.push(body.type)
    numbers.push(seq)
  }
  expect(types[0]).toBe('run.opened')
  expect(types.at(-1)).toBe('run.finalized')
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

test('what a person reads of it: status, summary and forecast', async () => {
  const context = await workspace.open()
  const [id = ''] = Object.keys((await context.log.state()).runs)
  const summary = summarise(context.plan, await context.log.state(), id)
  const text = summaryText(summary, { sandbox: 'none', wallMs: 1_000, next: ['see it'] })
  expect(text).toMatch(/✔ {2}phase 2 {2}Sums +complete {2}2 agents, 2 turns/)
  expect(text).toContain('4 phases, 5 modules; 5 agent sessions')
  expect(text).toContain('main is at')
  const status = await readStatus(context)
  if (!status) throw new Error('there is a run')
  expect(statusText(status, 'none')).toMatch(/phase 4 {2}\d+ of \d+ gates pass {2}on tree [0-9a-f]{7}/)
  expect(status.next).toBe('npx nx run spec:plan')
  expect(forecastText('spec', await forecast(context))).toContain('Everything is satisfied: no agent would be called.')
})

test('a second run starts no agent, writes nothing and moves nothing', async () => {
  const context = await workspace.open()
  const head = await workspace.git('rev-parse', 'HEAD')
  const { seq } = await context.log.state()
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual([])
  expect([...again.outcomes.values()].every((outcome) => 'source' in outcome && outcome.source === 'satisfied')).toBe(
    true,
  )
  expect((await context.log.state()).seq).toBe(seq)
  expect(await workspace.git('rev-parse', 'HEAD')).toBe(head)
})

test('a changed word of a phase has that phase alone built again', async () => {
  await workspace.commit({ '.spec/SPEC.md': smallSpec.replace('- Say', '- Say well') })
  const text = forecastText('spec', await forecast(await workspace.open()))
  expect(text).toContain('Agents would run for 1 of 4 phases: 3.')
  const again = await workspace.conduct()
  expect(again.failures, again.text).toEqual([])
  expect(again.agents).toEqual(['implement 3 words'])
})
