import type { EventId, EventStore, StreamId } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** Messages of one session that a client may ask for again after its connection broke: the newest of them. */
export class RecentEvents implements EventStore {
  readonly #events = new Map<EventId, { readonly stream: StreamId; readonly message: JSONRPCMessage }>()
  #count = 0

  async storeEvent(stream: StreamId, message: JSONRPCMessage): Promise<EventId> {
    this.#count += 1
    const id = `${this.#count}-${stream}`
    this.#events.set(id, { stream, message })
    const [oldest] = this.#events.keys()
    if (this.#events.size > mostEvents && oldest !== undefined) this.#events.delete(oldest)
    return id
  }

  async getStreamIdForEventId(id: EventId): Promise<StreamId | undefined> {
    return this.#events.get(id)?.stream
  }

  async replayEventsAfter(
    last: EventId,
    { send }: { send: (id: EventId, message: JSONRPCMessage) => Promise<void> },
  ): Promise<StreamId> {
    const stream = this.#events.get(last)?.stream
    if (stream === undefined) return ''
    let isPast = false
    for (const [id, event] of this.#events) {
      // An event without a message only tells where a stream begins.
      if (isPast && event.stream === stream && Object.keys(event.message).length > 0) await send(id, event.message)
      if (id === last) isPast = true
    }
    return stream
  }
}

const mostEvents = 2_000
