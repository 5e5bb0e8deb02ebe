import type { Holder, Lease } from '../contract.ts'
import { isFence } from './fence-counter.ts'

/** What the blob of a lease holds. */
export interface LeaseRecord {
  readonly version: 1
  readonly key: string
  readonly fence: number
  readonly holder: Holder
  readonly since: string
  readonly ttlMs: number
  readonly renewals: number
}

export function leaseOf({ key, fence, holder, since }: LeaseRecord): Lease {
  return { key, fence, holder, since }
}

/** A damaged lease counts as held for as long as a whole one could, so that its holder is not overtaken by accident. */
export function unreadableLease(key: string): LeaseRecord {
  return {
    version: 1,
    key,
    fence: 0,
    holder: { host: 'unknown', pid: 0, startedAt: '' },
    since: 'unknown',
    ttlMs: 60_000,
    renewals: 0,
  }
}

/** Reads the blob of a lease; `undefined` for one that is damaged. */
export function parseLease(content: Buffer): LeaseRecord | undefined {
  try {
    const record = JSON.parse(content.toString('utf8')) as Partial<LeaseRecord>
    const { fence, holder, ttlMs } = record
    const whole =
      record.version === 1 &&
      typeof record.key === 'string' &&
      fence !== undefined &&
      isFence(fence) &&
      Number.isFinite(ttlMs)
    return whole && typeof holder?.host === 'string' && Number.isSafeInteger(holder.pid)
      ? (record as LeaseRecord)
      : undefined
  } catch {
    return undefined
  }
}
