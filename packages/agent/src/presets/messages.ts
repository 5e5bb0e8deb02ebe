import { aboutCall, at, listAt, textAt } from './json-line.ts'
import type { StreamEvent } from './preset.ts'

/** The events of a message of the Messages API: its texts, and the tools that it calls. */
export function eventsOfMessage(message: unknown): readonly StreamEvent[] {
  return listAt(message, 'content').flatMap((block): readonly StreamEvent[] => {
    const text = textAt(block, 'text')
    if (at(block, 'type') === 'text' && text !== undefined) return [{ type: 'text', text }]
    if (at(block, 'type') === 'tool_use')
      return [{ type: 'tool', name: textAt(block, 'name') ?? 'tool', about: aboutCall(at(block, 'input')) }]
    return []
  })
}
