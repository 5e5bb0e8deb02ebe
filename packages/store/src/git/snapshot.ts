import { type Folded, foldedOf, viewOf } from '../fold/view.ts'
import { type RunRecord, type RunState, stateVersion } from '../state.ts'

const smallestGrowth = 64 * 1024

/**
 * Whether the folded state should be written along with the next event: after an eighth of its own size in events, so
 * that all snapshots of a log together cost a constant factor of its size, and a reader replays a bounded part of it.
 */
export function snapshotIsDue(bytesSince: number, lastSnapshotBytes: number): boolean {
  return bytesSince >= Math.max(smallestGrowth, lastSnapshotBytes / 8)
}

export function encodeSnapshot(folded: Folded): Buffer {
  return Buffer.from(JSON.stringify(viewOf(folded)))
}

/** The fold a snapshot holds; `undefined` when it is no snapshot of event `seq`. */
export function decodeSnapshot(content: Buffer, seq: number): Folded | undefined {
  let state: Partial<RunState>
  try {
    state = JSON.parse(content.toString('utf8'))
  } catch {
    return undefined
  }
  const { runs, steps, sessions, evidence, epochs, operations, fence } = state
  if (state.version !== stateVersion || state.seq !== seq || typeof fence !== 'number') return undefined
  if (!runs || !steps || !sessions || !evidence || !epochs || !operations) return undefined
  const bare: Record<string, RunRecord> = Object.create(null)
  for (const [key, run] of Object.entries(runs)) {
    bare[key] = {
      ...run,
      usageByRole: withoutPrototype(run.usageByRole),
      complete: withoutPrototype(run.complete),
      escalated: withoutPrototype(run.escalated),
      handedIn: withoutPrototype(run.handedIn),
      waiting: withoutPrototype(run.waiting),
      judged: withoutPrototype(run.judged),
      redoneAt: withoutPrototype(run.redoneAt),
    }
  }
  const { currentRun } = state
  return foldedOf({
    version: stateVersion,
    seq,
    fence,
    ...(currentRun === undefined ? {} : { currentRun }),
    runs: bare,
    steps,
    sessions,
    evidence,
    epochs,
    operations,
  })
}

function withoutPrototype<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.assign(Object.create(null), record)
}
