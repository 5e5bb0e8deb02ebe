import { compile } from '@nx-conduct/spec'
import { initialState, noUsage, type RunRecord } from '@nx-conduct/store'
import { afterEach, describe, expect, test } from 'vitest'
import { forecast, forecastText, summarise, summaryText } from '../src/index.ts'
import { ceilingCost, costOf, costOfRun } from '../src/views/cost.ts'
import { costText } from '../src/views/text/usage.ts'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }
const settings = {
  prices: { currency: 'USD', models: { sonnet: price, claude: { ...price, output: 20 } } },
  budget: { turns: 1, tokens: 2_000_000, wallMs: 1 },
}
const sonnet = { driver: 'anthropic', model: 'sonnet' } as const
const claude = { driver: 'command', preset: 'claude' } as const
const usage = {
  ...noUsage,
  sessions: 2,
  inputTokens: 1e6,
  outputTokens: 2e5,
  cacheReadTokens: 1e7,
  cacheWriteTokens: 1e5,
}

describe('what was spent', () => {
  test('is the tokens of each kind at their price', () => {
    expect(costOf(settings, [{ agent: sonnet, usage }])).toEqual({
      currency: 'USD',
      amount: 3 + 3 + 3 + 0.375,
      unknown: 0,
    })
    expect(costOf(settings, [{ agent: claude, usage }])?.amount).toBeCloseTo(10.375)
  })

  test('leaves out, and counts, the sessions without a price and those that nobody counted', () => {
    const opus = { driver: 'anthropic', model: 'opus' } as const
    const spendings = [
      { agent: sonnet, usage: { ...usage, uncounted: 1 } },
      { agent: opus, usage },
    ]
    expect(costOf(settings, spendings)).toMatchObject({ amount: 9.375, unknown: 3 })
    expect(costOf({}, spendings)).toBeUndefined()
  })

  test.each([
    [undefined, ''],
    [{ currency: 'USD', amount: 9.375, unknown: 0 }, ', 9.38 USD'],
    [{ currency: '€', amount: 0.001, unknown: 0 }, ', less than 0.01 €'],
    [{ currency: 'USD', amount: 0, unknown: 2 }, ', cost unknown'],
    [{ currency: 'USD', amount: 1, unknown: 2 }, ', 1.00 USD and what 2 sessions cost that nobody counted'],
  ])('%j reads %j', (cost, text) => {
    expect(costText(cost)).toBe(text)
  })
})

test('the most that can be spent is that of sessions whose tokens are limited, at their highest price', () => {
  const sessions = [
    { agent: sonnet, count: 3 },
    { agent: claude, count: 2 },
    { agent: { driver: 'anthropic' }, count: 4 } as const,
  ]
  expect(ceilingCost(settings, sessions)).toEqual({ currency: 'USD', amount: 3 * 2 * 15, unknown: 2 + 4 })
  expect(ceilingCost({ budget: settings.budget }, sessions)).toBeUndefined()
})

describe('at the prices of the spec', () => {
  let workspace: Workspace
  afterEach(() => workspace.remove())

  async function plan(lines: string): Promise<string> {
    const text = `agent: { driver: anthropic, model: sonnet }\nrounds: 1\n${lines}`
    workspace = await Workspace.with({ spec: specWith(text, ['One', '- a'], ['Two', '- b']) })
    return forecastText('spec', await forecast(await workspace.open()))
  }

  test('the plan says what each phase and the whole cost at most', async () => {
    const text = await plan('prices: { sonnet: { input: 3, output: 15 }, currency: EUR }')
    // An agent and a round for each phase, and a round for the whole; 2M tokens each.
    expect(text).toMatch(/phase 1 +One +run +\S+: run with sonnet; at most 60\.00 EUR$/m)
    expect(text).toContain('At the prices of the spec: at most 150.00 EUR.')
  })

  test('it says for how many sessions nobody can know', async () => {
    const text = await plan('agents: { fix-executor: { preset: codex } }\nprices: { sonnet: { input: 3, output: 15 } }')
    expect(text).toContain('At the prices of the spec: at most 60.00 USD; the cost of 3 sessions more is not limited.')
  })

  test('without prices it says nothing of them', async () => {
    expect(await plan('')).not.toMatch(/cost|price/i)
  })
})

test('the summary says what phases, roles and the run cost', () => {
  const plan = compile(
    '---\nagent: { driver: anthropic, model: sonnet }\nagents: { code-reviewer: { preset: codex } }\nprices: { sonnet: { input: 3, output: 15 } }\n---\n## Phases\n\n### Phase 1: One\n- a\n',
  )
  const session = {
    type: 'agent.finished',
    run: 'r',
    phase: '1',
    agentKey: 'k',
    outcome: 'reported',
    usage: { ...usage, sessions: 1 },
    durationMs: 1,
    role: 'implementation-executor',
  } as const
  const run = {
    run: 'r',
    status: 'open',
    usage,
    usageByRole: { 'implementation-executor': { ...usage, sessions: 1 }, 'code-reviewer': { ...usage, sessions: 1 } },
    complete: {},
    escalated: {},
    waiting: {},
    handedIn: {},
    judged: {},
    redoneAt: {},
    openedAt: 'now',
    opened: { type: 'run.opened', run: 'r', phases: [] } as unknown as RunRecord['opened'],
  } satisfies RunRecord
  const text = summaryText(summarise(plan, { ...initialState(), runs: { r: run }, sessions: { k: session } }, 'r'), {
    sandbox: 'none',
    next: [],
  })
  // 1M in at 3, 0.2M out at 15, 10M and 0.1M of the cache at 3.
  expect(text).toMatch(/phase 1 +One +not-started +1 agent, 0 turns, 11\.3M tokens, 36\.30 USD/)
  expect(text).toContain(
    '2 agent sessions, 0 turns, 11.3M tokens, 36.30 USD and what 1 session cost that nobody counted',
  )
  expect(text).toMatch(/code-reviewer +1 session, 0 turns, 11\.3M tokens, cost unknown/)
})

test('of a role that several agents play, the sessions that the log remembers are known', () => {
  const plan = compile(
    '---\nagent: { driver: anthropic, model: sonnet }\nprices: { sonnet: { input: 3, output: 15 }, opus: { input: 30, output: 150 } }\n---\n## Phases\n\n### Phase 1: One\n- a\nAgents:\n- implementation-executor: { driver: anthropic, model: opus }\n\n### Phase 2: Two\n- b\n',
  )
  const one = { ...noUsage, sessions: 1, inputTokens: 1e6 }
  const session = (phase: string) =>
    ({
      type: 'agent.finished',
      run: 'r',
      phase,
      agentKey: phase,
      outcome: 'reported',
      usage: one,
      durationMs: 1,
      role: 'implementation-executor',
    }) as const
  const sessions = { a: session('1'), b: session('2') }
  // A third one ended without work.
  const run = { run: 'r', usageByRole: { 'implementation-executor': { ...one, sessions: 3 } } }
  expect(costOfRun(plan, { sessions }, run).cost).toEqual({
    currency: 'USD',
    amount: 33,
    unknown: 1,
  })
})
