import { createHash } from 'node:crypto'

/** The keys of one run log in Redis. They share a hash tag, so that a cluster keeps them in one slot. */
export interface RedisKeys {
  /** Hash: `seq` and `tip` of the mirrored log, `fence` (the highest given out), `spec`. */
  readonly meta: string
  /** Stream of recorded events; the id of event 7 is `7-0`. */
  readonly log: string
  /** Stream of volatile progress, trimmed. */
  readonly live: string
  /** List: one JSON per accepted phase. */
  readonly checkpoints: string
  /** Hashes with the sections of the state, values in JSON. */
  readonly runs: string
  readonly steps: string
  readonly sessions: string
  readonly evidence: string
  readonly epochs: string
  lease(key: string): string
}

/** The keys of a spec's log. `authority` says which repository decides: logs of different ones never share keys. */
export function redisKeys(authority: string, spec: string): RedisKeys {
  const tag = createHash('sha256')
    .update(JSON.stringify([authority, spec]))
    .digest('hex')
    .slice(0, 16)
  const key = (name: string) => `conduct:{${tag}}:${name}`
  return {
    meta: key('meta'),
    log: key('log'),
    live: key('live'),
    checkpoints: key('checkpoints'),
    runs: key('runs'),
    steps: key('steps'),
    sessions: key('sessions'),
    evidence: key('evidence'),
    epochs: key('epochs'),
    lease: (name) => key(`lease:${createHash('sha256').update(name).digest('hex').slice(0, 40)}`),
  }
}
