import type { Usage } from '@nx-conduct/store'
import type { Cost } from '../cost.ts'
import { compact, count } from './figures.ts'

/** Every token that was sent or received. */
export function tokensOf(usage: Omit<Usage, 'sessions' | 'turns'>): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

/** The tokens of one session or of many, as far as anybody counted them. */
export function tokensText(usage: Usage): string {
  const { uncounted = 0, sessions } = usage
  if (uncounted === 0) return `${compact(tokensOf(usage))} tokens`
  if (uncounted >= sessions) return 'tokens unknown'
  return `${compact(tokensOf(usage))} tokens, and an unknown number in ${count(uncounted, 'session')}`
}

/** `0.42 USD`. */
export function moneyText({ amount, currency }: Pick<Cost, 'amount' | 'currency'>): string {
  const shown = amount > 0 && amount < 0.01 ? 'less than 0.01' : amount.toFixed(2)
  return `${shown} ${currency}`
}

/** What was spent, as far as it is known, behind figures; nothing where the spec has no prices. */
export function costText(cost: Cost | undefined): string {
  if (cost === undefined) return ''
  if (cost.unknown === 0) return `, ${moneyText(cost)}`
  if (cost.amount === 0) return ', cost unknown'
  return `, ${moneyText(cost)} and what ${count(cost.unknown, 'session')} cost that nobody counted`
}
