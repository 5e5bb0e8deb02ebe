import { redactDeep } from '@nx-conduct/agent'
import type { RunLog } from '@nx-conduct/store'

/** A run log that records no secret: events hold names of files, words of agents and answers of servers. */
export function withoutSecretsIn(log: RunLog, secrets: readonly string[]): RunLog {
  return {
    state: () => log.state(),
    append: (request) => log.append({ ...request, body: redactDeep(request.body, secrets) }),
    events: (after) => log.events(after),
    acquire: (key, ttlMs) => log.acquire(key, ttlMs),
    renew: (lease, ttlMs) => log.renew(lease, ttlMs),
    release: (lease) => log.release(lease),
    leases: () => log.leases(),
    clearStaleLocks: () => log.clearStaleLocks(),
    announce: (progress) => log.announce(redactDeep(progress, secrets)),
    close: () => log.close(),
  }
}
