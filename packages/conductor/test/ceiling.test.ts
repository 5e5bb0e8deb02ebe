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
    'Ceiling by the budget: 5 sessions, 10.0M tokens (fixing rounds included).',
  )
})

test('the plan says of a program that its tokens are not limited, and what ends it', async () => {
  const text = await plan('agent: { preset: claude }')
  expect(text).toContain(
    'Ceiling by the budget: 5 sessions (fixing rounds included). Tokens are not limited for 5 of them, which are of claude: budget.wall ends each after 30 min.',
  )
  expect(text).not.toMatch(/\d tokens/)
})

test('the plan tells the two apart by role', async () => {
  expect(
    await plan('agent: { driver: anthropic }\nagents: { fix-executor: { preset: codex, model: gpt } }\nrounds: 2'),
  ).toContain(
    'Tokens are not limited for 2 of them, which are of codex (gpt): budget.wall ends each after 30 min. The other 2 may use 4.0M tokens.',
  )
})
