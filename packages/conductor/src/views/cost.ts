import { roles } from '@nx-conduct/agent'
import type { AgentSettings, Phase, Plan, Price, Settings } from '@nx-conduct/spec'
import type { RunRecord, RunState, SessionRecord, Usage } from '@nx-conduct/store'
import { agentFor } from '../step/keys.ts'

/** What agents cost at the prices of the spec. */
export interface Cost {
  readonly currency: string
  readonly amount: number
  /** Sessions that come on top: nobody knows or limits their tokens, or they have no price. */
  readonly unknown: number
}

/** Sessions of one agent, and what they used. */
export interface Spending {
  readonly agent: AgentSettings
  readonly usage: Usage
}

/** What a million tokens of an agent cost; undefined where the spec does not say. */
function priceOf({ prices }: Pick<Settings, 'prices'>, agent: AgentSettings): Price | undefined {
  return prices?.models[agent.model ?? agent.preset ?? agent.driver]
}

/** What was spent; undefined where the spec has no prices. */
export function costOf(settings: Pick<Settings, 'prices'>, spendings: readonly Spending[]): Cost | undefined {
  if (settings.prices === undefined) return undefined
  let amount = 0
  let unknown = 0
  for (const { agent, usage } of spendings) {
    const price = priceOf(settings, agent)
    if (price === undefined) unknown += usage.sessions
    else {
      amount += amountOf(usage, price)
      unknown += Math.min(usage.sessions, usage.uncounted ?? 0)
    }
  }
  return { currency: settings.prices.currency, amount, unknown }
}

/** What sessions cost by the agents that their phases have for their roles; undefined where the spec has no prices. */
export function costOfSessions(plan: Plan, sessions: readonly SessionRecord[]): Cost | undefined {
  const spendings = sessions.flatMap(({ role, phase, usage }) => {
    const agent = agentOf(
      plan,
      plan.phases.find(({ id }) => id === phase),
      role,
    )
    return agent === undefined ? [] : [{ agent, usage }]
  })
  return costOf(plan.settings, spendings)
}

/**
 * What a run cost, and each of its roles; nothing where the spec has no prices. Where several agents play a role, the log knows of the sessions with
 * work or a verdict which of them it was; the others are of unknown cost.
 */
export function costOfRun(
  plan: Plan,
  state: Pick<RunState, 'sessions'>,
  { run, usageByRole }: Pick<RunRecord, 'run' | 'usageByRole'>,
): { readonly cost?: Cost; readonly costByRole?: Readonly<Record<string, Cost>> } {
  const { prices } = plan.settings
  if (prices === undefined) return {}
  const sum = { currency: prices.currency, amount: 0, unknown: 0 }
  const costByRole: Record<string, Cost> = {}
  for (const [role, usage] of Object.entries(usageByRole)) {
    const players = [undefined, ...plan.phases].map((phase) => agentOf(plan, phase, role))
    const [agent, ...others] = new Map(players.map((one) => [JSON.stringify(one), one])).values()
    const sessions = Object.values(state.sessions).filter((session) => session.run === run && session.role === role)
    const isOne = agent !== undefined && others.length === 0
    const known = isOne ? costOf(plan.settings, [{ agent, usage }]) : costOfSessions(plan, sessions)
    if (known === undefined) continue
    const cost = isOne ? known : { ...known, unknown: known.unknown + usage.sessions - sessions.length }
    costByRole[role] = cost
    sum.amount += cost.amount
    sum.unknown += cost.unknown
  }
  return { cost: sum, costByRole }
}

function agentOf(plan: Plan, phase: Phase | undefined, name: string): AgentSettings | undefined {
  const role = roles.find((one) => one === name)
  return role === undefined ? undefined : agentFor(plan, phase, role)
}

/** The most that sessions can cost whose tokens the budget limits; of those it does not limit, the number alone. */
export function ceilingCost(
  settings: Pick<Settings, 'prices' | 'budget'>,
  sessions: readonly { readonly agent: AgentSettings; readonly count: number }[],
): Cost | undefined {
  const { prices, budget } = settings
  if (prices === undefined) return undefined
  let amount = 0
  let unknown = 0
  for (const { agent, count } of sessions) {
    const price = agent.driver === 'command' ? undefined : priceOf(settings, agent)
    if (price === undefined) unknown += count
    else amount += (count * budget.tokens * Math.max(...Object.values(price))) / 1e6
  }
  return { currency: prices.currency, amount, unknown }
}

function amountOf(usage: Usage, { input, output, cacheRead, cacheWrite }: Price): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage
  return (
    (inputTokens * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite) / 1e6
  )
}
