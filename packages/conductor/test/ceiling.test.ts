import { afterEach, expect, test } from 'vitest'
import { forecast, forecastText } from '../src/index.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace
afterEach(() => workspace.remove())

async function plan(settings: string): Promise<string> {
  workspace = await Workspace.with({ spec: specWith(settings, ['One', '- a', 'Modules: a (a/**), b (b/**)']) })
  return forecastText('spec', await forecast(await workspace.open()))
}

test('the plan says how many tokens agents of the Messages API may use', async () => {
  expect(await plan('agent: { driver: anthropic }\nrounds: 3')).toContain(
    // 2 modules and their merge, which may be asked for twice; 3 rounds for the phase, and 3 for the whole.
    'Ceiling by the budget: 10 sessions, 20.0M tokens (fixing rounds and conflicts included).',
  )
})

test('the plan says of a program that its tokens are not limited, and what ends it', async () => {
  const text = await plan('agent: { preset: claude }')
  expect(text).toContain(
    'Ceiling by the budget: 10 sessions (fixing rounds and conflicts included). Tokens are not limited for 10 of them, which are of claude: budget.wall ends each after 30 min.',
  )
  expect(text).not.toMatch(/\d tokens/)
})

test('the plan tells the two apart by role', async () => {
  expect(
    await plan('agent: { driver: anthropic }\nagents: { fix-executor: { preset: codex, model: gpt } }\nrounds: 2'),
  ).toContain(
    'Tokens are not limited for 4 of them, which are of codex (gpt): budget.wall ends each after 30 min. The other 4 may use 8.0M tokens.',
  )
})

test('merging several phases counts as well, where a phase starts from them and at the end', async () => {
  const phase = (title: string, after: string) => [title, '- a', `Depends On: ${after}`] as const
  const phases = [phase('One', 'none'), phase('Two', 'none'), phase('Three', 'Phase 1, Phase 2'), phase('Four', 'none')]
  workspace = await Workspace.with({ spec: specWith('agent: { driver: anthropic }\nrounds: 1', ...phases) })
  const { ceiling } = await forecast(await workspace.open())
  // Of four agents, their rounds, those of phase 3 where it starts and of the whole; and two merges of two.
  expect(ceiling.sessions).toBe(4 + 4 + 1 + 1 + 2 * 2)
})
