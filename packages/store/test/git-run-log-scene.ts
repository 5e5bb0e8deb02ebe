import { afterEach, beforeEach } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { foldedOf } from '../src/fold/view.ts'
import { GitRunLog } from '../src/git/git-run-log.ts'
import { encodeLogCommit } from '../src/git/log-commit.ts'
import { logRefs } from '../src/git/names.ts'
import { encodeSnapshot } from '../src/git/snapshot.ts'
import { currentHolder, initialState, type Lease, type StoreNotice } from '../src/index.ts'
import { gitParts, type Through } from './git-parts.ts'
import { Repository } from './rig.ts'

export const refs = logRefs('spec')
export const at = '2026-01-01T00:00:00.000Z'
/** New for each test of a file that imports this. */
export let repository: Repository
export let notices: StoreNotice[]
let nowMs: number
const logs: GitRunLog[] = []

beforeEach(() => {
  repository = new Repository()
  nowMs = 0
  notices = []
})
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()))
  await repository.remove()
})

/** The log as one process sees it; `through` stands between it and the refs. */
export function logOf(through?: Through, holder = currentHolder()): GitRunLog {
  const clock = { now: () => new Date(at), monotonicMs: () => nowMs }
  const parts = gitParts(repository, holder, clock, through)
  const log = new GitRunLog({
    ...parts,
    spec: 'spec',
    refs,
    holder,
    clock,
    isLocal: true,
    onNotice: (said) => notices.push(said),
  })
  logs.push(log)
  return log
}

export const notice = (message: string): EventBody => ({ type: 'notice', code: 'x', message })
export const say = (log: GitRunLog, name: string, lease?: Lease) =>
  log.append({ operationId: name, body: notice(name), ...(lease ? { lease } : {}) })
export const tip = () => repository.git('rev-parse', refs.log)

export async function taken(log: GitRunLog, key: string, ttlMs = 1000): Promise<Lease> {
  const outcome = await log.acquire(key, ttlMs)
  if (outcome.kind !== 'acquired') throw new Error('it is held')
  return outcome.lease
}

/** Puts an entry into the log that stands on a snapshot of its own, whatever came before it. */
export function enter(
  seq: number,
  body: EventBody,
  previous?: string,
  operations: Record<string, number> = {},
): string {
  const event: Event = { version: eventVersion, seq, at, operationId: `o${seq}`, writer: 'w', body }
  const blob = (content: string) => repository.gitWith(content, 'hash-object', '-w', '--stdin')
  const state = encodeSnapshot(foldedOf({ ...initialState(), seq, operations })).toString()
  const tree = repository.gitWith(
    `100644 blob ${blob(JSON.stringify(event))}\tevent.json\n100644 blob ${blob(state)}\tstate.json\n`,
    'mktree',
  )
  const commit = encodeLogCommit('spec', event, { tree, previous, snapshot: { seq, commit: 'self' }, accepted: [] })
  const oid = repository.gitWith(commit.toString(), 'hash-object', '-t', 'commit', '-w', '--stdin')
  repository.git('update-ref', refs.log, oid)
  return oid
}

/** Sets the clock of all logs, in milliseconds. */
export function setClock(ms: number): void {
  nowMs = ms
}
