import type { AgentSettings, Price, Settings } from '@nx-conduct/spec'
import type { Usage } from '@nx-conduct/store'

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
export function priceOf({ prices }: Pick<Settings, 'prices'>, agent: AgentSettings): Price | undefined {
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
