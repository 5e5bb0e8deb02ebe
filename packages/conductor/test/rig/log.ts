import type { RunLog } from '@nx-conduct/store'

/** A run log with some of its methods replaced: what a full disk or a lost connection makes of it. */
export function alteredLog(log: RunLog, altered: Partial<RunLog>): RunLog {
  return {
    state: () => log.state(),
    append: (request) => log.append(request),
    events: (after) => log.events(after),
    acquire: (key, ttlMs) => log.acquire(key, ttlMs),
    renew: (lease, ttlMs) => log.renew(lease, ttlMs),
    release: (lease) => log.release(lease),
    leases: () => log.leases(),
    clearStaleLocks: () => log.clearStaleLocks(),
    announce: (progress) => log.announce(progress),
    close: () => log.close(),
    ...altered,
  }
}
