import type { Anthropic } from '@anthropic-ai/sdk'
import type { SessionOutcome, SessionRequest, SessionUsage } from '../contract.ts'
import { totalTokens } from './usage.ts'

type Reached =
  | { readonly kind: 'aborted' }
  | { readonly kind: 'limit'; readonly limit: Extract<SessionOutcome, { kind: 'limit' }>['limit'] }

/** The limits of one running session. */
export interface Limits {
  /** Aborts when the session is aborted or its time is over. */
  readonly signal: AbortSignal
  /** The limit that forbids another turn, if any. */
  reached(usage: SessionUsage): Reached | undefined
  /** Words to an agent that is about to run out, so that it reports in time. */
  warning(usage: SessionUsage): readonly Anthropic.TextBlockParam[]
  dispose(): void
}

/** Starts the session's clock. `endTool`: the tool that ends the session. */
export function startLimits({ budget, signal }: Pick<SessionRequest, 'budget' | 'signal'>, endTool: string): Limits {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), Math.min(budget.wallMs, 2 ** 31 - 1))
  return {
    signal: AbortSignal.any([signal, over.signal]),
    reached(usage) {
      if (signal.aborted) return { kind: 'aborted' }
      if (over.signal.aborted) return { kind: 'limit', limit: 'wall' }
      if (usage.turns >= budget.turns) return { kind: 'limit', limit: 'turns' }
      if (totalTokens(usage) >= budget.tokens) return { kind: 'limit', limit: 'tokens' }
      return undefined
    },
    warning(usage) {
      const left = budget.turns - usage.turns
      if (left === 1) return [note(`This is your last turn. Call \`${endTool}\` now.`)]
      if (left === 3 || totalTokens(usage) > 0.9 * budget.tokens)
        return [
          note(
            `Your budget is nearly used up. Bring the work to a state others can build on, then call \`${endTool}\`.`,
          ),
        ]
      return []
    },
    dispose: () => clearTimeout(timer),
  }
}

function note(text: string): Anthropic.TextBlockParam {
  return { type: 'text', text: `[${text}]` }
}
