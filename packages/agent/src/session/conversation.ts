import type { Anthropic } from '@anthropic-ai/sdk'

const cached = { type: 'ephemeral' } as const satisfies Anthropic.CacheControlEphemeral

/** Old tool output shorter than this is not worth forgetting. */
const worthPruning = 600

/** The messages of a session: one list that only grows, except that old tool output is forgotten when it must be. */
export class Conversation {
  #messages: Anthropic.MessageParam[] = []

  constructor(opening: string) {
    this.#messages.push({ role: 'user', content: [{ type: 'text', text: opening }] })
  }

  /** The model's answer, as it came. An empty one is given words, because the service refuses empty messages. */
  addAnswer(content: readonly Anthropic.ContentBlock[]): void {
    const blocks: Anthropic.ContentBlockParam[] = content.filter((block) => block.type !== 'text' || block.text !== '')
    this.#messages.push({ role: 'assistant', content: blocks.length > 0 ? blocks : [{ type: 'text', text: '…' }] })
  }

  addReply(content: readonly (Anthropic.ToolResultBlockParam | Anthropic.TextBlockParam)[]): void {
    this.#messages.push({ role: 'user', content: [...content] })
  }

  /** The messages to send: the newest one ends what the service should remember for the next turn. */
  toSend(): Anthropic.MessageParam[] {
    const newest = this.#messages.findLastIndex((message) => message.role === 'user')
    return this.#messages.map((message, index) => (index === newest ? remembered(message) : message))
  }

  /**
   * Forgets the output of tools in all but the newest messages and tells how many characters that saved. What the
   * model itself said and did stays.
   */
  prune(keepNewest: number): number {
    let saved = 0
    const limit = this.#messages.length - keepNewest
    this.#messages = this.#messages.map((message, index) => {
      if (index >= limit || message.role !== 'user' || typeof message.content === 'string') return message
      const content = message.content.map((block) => {
        if (block.type !== 'tool_result' || typeof block.content !== 'string' || block.content.length < worthPruning)
          return block
        saved += block.content.length
        return { ...block, content: `[${block.content.length} characters of old output, forgotten to make room]` }
      })
      return { ...message, content }
    })
    return saved
  }
}

function remembered(message: Anthropic.MessageParam): Anthropic.MessageParam {
  if (message.role !== 'user' || typeof message.content === 'string') return message
  const last = message.content.at(-1)
  if (last?.type !== 'text' && last?.type !== 'tool_result') return message
  const marked: Anthropic.ContentBlockParam = { ...last, cache_control: cached }
  return { role: 'user', content: [...message.content.slice(0, -1), marked] }
}

/** The system prompt, remembered by the service. */
export function systemBlocks(text: string): Anthropic.TextBlockParam[] {
  return [{ type: 'text', text, cache_control: cached }]
}

/** The tools, remembered by the service up to the last one. */
export function rememberedTools<T extends Anthropic.ToolUnion>(tools: readonly T[]): T[] {
  return tools.map((tool, index) => (index === tools.length - 1 ? { ...tool, cache_control: cached } : tool))
}
