import type { Anthropic } from '@anthropic-ai/sdk'

/** Characters of one delta; small enough that a client has to put answers together. */
const deltaLength = 400

/** The server-sent events by which the Messages API streams this message. */
export function* streamEvents(message: Anthropic.Message): Generator<string> {
  const { content, stop_reason, stop_sequence, usage } = message
  const opening = { ...message, content: [], stop_reason: null, stop_sequence: null }
  yield event('message_start', { message: { ...opening, usage: { ...usage, output_tokens: 1 } } })
  yield event('ping', {})
  for (const [index, block] of content.entries()) {
    if (block.type === 'text') {
      yield event('content_block_start', { index, content_block: { ...block, text: '' } })
      for (const text of pieces(block.text))
        yield event('content_block_delta', { index, delta: { type: 'text_delta', text } })
    } else if (block.type === 'tool_use') {
      yield event('content_block_start', { index, content_block: { ...block, input: {} } })
      for (const partial_json of pieces(JSON.stringify(block.input)))
        yield event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } })
    }
    yield event('content_block_stop', { index })
  }
  yield event('message_delta', { delta: { stop_reason, stop_sequence }, usage: { output_tokens: usage.output_tokens } })
  yield event('message_stop', {})
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

function pieces(text: string): readonly string[] {
  return text.match(new RegExp(`[^]{1,${deltaLength}}`, 'gu')) ?? []
}
