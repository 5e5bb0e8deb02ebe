import * as v from 'valibot'
import type { Lease } from '../contract.ts'
import { isFence } from './fence-counter.ts'

/** What the blob of a lease holds. */
export type LeaseRecord = v.InferOutput<typeof leaseRecord>
const leaseRecord = v.object({
  version: v.literal(1),
  key: v.string(),
  fence: v.pipe(v.number(), v.check(isFence)),
  holder: v.object({ host: v.string(), pid: v.pipe(v.number(), v.safeInteger()), startedAt: v.string() }),
  since: v.string(),
  ttlMs: v.pipe(v.number(), v.finite()),
  renewals: v.number(),
})

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
    const record: unknown = JSON.parse(content.toString('utf8'))
    return v.is(leaseRecord, record) ? record : undefined
  } catch {
    return undefined
  }
}
