import type { Usage } from './event.ts'

export const noUsage: Usage = {
  sessions: 0,
  turns: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
}

export function addUsage(one: Usage, other: Usage): Usage {
  const uncounted = (one.uncounted ?? 0) + (other.uncounted ?? 0)
  return {
    sessions: one.sessions + other.sessions,
    turns: one.turns + other.turns,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    ...(uncounted === 0 ? {} : { uncounted }),
  }
}
