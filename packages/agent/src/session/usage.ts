import type { Anthropic } from '@anthropic-ai/sdk'
import type { SessionUsage } from '../contract.ts'

export const noUsage: SessionUsage = {
  turns: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
}

/** One more turn. */
export function addTurn(sum: SessionUsage, turn: Anthropic.Usage): SessionUsage {
  return {
    turns: sum.turns + 1,
    inputTokens: sum.inputTokens + turn.input_tokens,
    outputTokens: sum.outputTokens + turn.output_tokens,
    cacheReadTokens: sum.cacheReadTokens + (turn.cache_read_input_tokens ?? 0),
    cacheWriteTokens: sum.cacheWriteTokens + (turn.cache_creation_input_tokens ?? 0),
  }
}

/** What counts against a budget: everything that was read or written, cached or not. */
export function totalTokens(usage: SessionUsage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

/** How full the context was after a turn. */
export function contextTokens(turn: Anthropic.Usage): number {
  return totalTokens(addTurn(noUsage, turn))
}
