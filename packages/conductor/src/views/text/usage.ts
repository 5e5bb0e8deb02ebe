import type { Usage } from '@nx-conduct/store'
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
