import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Event } from '../src/event.ts'
import { encodeLogCommit } from '../src/git/log-commit.ts'
import { currentHolder, type RunLog } from '../src/index.ts'
import { opened, Repository } from './rig.ts'

const ref = 'refs/conduct/spec/log'
let repository: Repository
let base: string
beforeEach(() => {
  repository = new Repository()
  base = repository.commit('base').commit
})
afterEach(() => repository.remove())

const codes = () => repository.notices.map(({ code }) => code)
const record = (log: RunLog, run: string) => log.append({ operationId: run, body: opened(base, run) })

/** Adds an entry that is well formed in every way, as whoever can write to the repository may. */
function forge(run: string, change: Partial<Event> = {}): string {
  const previous = repository.git('rev-parse', ref)
  const last = JSON.parse(repository.git('show', `${previous}:event.json`)) as Event
  const event: Event = { ...last, seq: last.seq + 1, operationId: run, body: opened(base, run), ...change }
  const blob = repository.gitWith(JSON.stringify(event), 'hash-object', '-w', '--stdin')
  const tree = repository.gitWith(`100644 blob ${blob}\tevent.json\n`, 'mktree')
  const commit = encodeLogCommit('spec', event, { tree, previous, snapshot: undefined, accepted: [] }).toString()
  const oid = repository.gitWith(commit, 'hash-object', '-t', 'commit', '-w', '--stdin')
  repository.git('update-ref', ref, oid)
  return oid
}

it('an entry in the name of this process that it did not write is taken out of the log, and kept', async () => {
  const log = await repository.open()
  await record(log, 'r1')
  const tip = repository.git('rev-parse', ref)
  forge('r2')
  const forged = forge('r3')
  expect(Object.keys((await log.state()).runs)).toEqual(['r1'])
  expect(codes()).toEqual(['log-forged'])
  expect(repository.git('rev-parse', ref)).toBe(tip)
  expect(repository.git('rev-parse', `refs/conduct/spec/broken/${forged}`)).toBe(forged)
  expect(await record(log, 'r4')).toMatchObject({ kind: 'recorded', event: { seq: 2 } })
})

it('so it is when the entry is found while another is appended', async () => {
  const log = await repository.open()
  await record(log, 'r1')
  forge('r2')
  expect(await record(log, 'r3')).toMatchObject({ kind: 'recorded', event: { seq: 2 } })
  expect(Object.keys((await log.state()).runs)).toEqual(['r1', 'r3'])
})

it("another process's entry is followed, and so is one of another log of this process", async () => {
  const log = await repository.open()
  await record(log, 'r1')
  forge('r2', { writer: 'elsewhere/4242' })
  const other = await repository.open()
  await record(other, 'r3')
  await other.close()
  expect(Object.keys((await log.state()).runs)).toEqual(['r1', 'r2', 'r3'])
  expect(codes()).toEqual([])
})

it('nothing is taken out while another writer may be alive: it may have this name in another container', async () => {
  const log = await repository.open()
  await record(log, 'r1')
  const other = await repository.open({ holder: { ...currentHolder(), host: 'elsewhere' } })
  await record(other, 'r2')
  await log.state()
  forge('r3', { writer: `${currentHolder().host}/${currentHolder().pid}` })
  expect(Object.keys((await log.state()).runs)).toEqual(['r1', 'r2', 'r3'])
  expect(codes()).toEqual([])
})
