import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Event, type EventBody, eventVersion } from '../src/event.ts'
import { verifyHistory } from '../src/index.ts'
import { accepted, complete, evidence, opened, Repository, raisedTo } from './rig.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

/** Writes entries as they are given, past every check of the store. */
function forge(
  bodies: readonly (EventBody & { seq?: number; fence?: number; operationId?: string; parents?: string[] })[],
): void {
  const git = (args: string[], input?: string) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-C', repository.folder, ...args], {
      encoding: 'utf8',
      input: input ?? '',
    }).trim()
  let tip: string | undefined
  for (const [index, { seq, fence, operationId, parents, ...body }] of bodies.entries()) {
    const event: Event = {
      version: eventVersion,
      seq: seq ?? index + 1,
      at: '2026-01-01T00:00:00.000Z',
      operationId: operationId ?? `op${index}`,
      writer: 'w',
      ...(fence === undefined ? {} : { fence }),
      body: body as EventBody,
    }
    const blob = git(['hash-object', '-w', '--stdin'], JSON.stringify(event))
    const tree = git(['mktree'], `100644 blob ${blob}\tevent.json\n`)
    tip = git([
      'commit-tree',
      tree,
      ...(tip === undefined ? [] : ['-p', tip]),
      ...(parents ?? []).flatMap((parent) => ['-p', parent]),
      '-m',
      `x\n\nConduct-First: ${index === 0 ? 'yes' : 'no'}`,
    ])
  }
  git(['update-ref', 'refs/conduct/spec/log', tip ?? ''])
}

describe('the history checker', () => {
  it('finds nothing in a log the store wrote, also after gc', async () => {
    const log = await repository.open()
    const work = repository.commit('work')
    const lease = await log.acquire('k', 60_000)
    if (lease.kind !== 'acquired') throw new Error('not acquired')
    await log.append({ operationId: 'a', body: opened(work.commit) })
    await log.append({ operationId: 'b', body: accepted(work, 'k'), lease: lease.lease })
    await log.append({ operationId: 'c', body: evidence(work.tree) })
    await log.append({ operationId: 'd', body: complete(work) })
    repository.git('gc', '-q', '--prune=now')
    expect(await verifyHistory(repository.commonDir, 'spec')).toEqual({ problems: [], events: 4 })
  })

  it('is not confused by writers whose clocks differ', async () => {
    const past = new Date(Date.now() - 7_200_000)
    for (const [index, now] of [() => new Date(), () => past].entries()) {
      const log = await repository.open({ now })
      for (let step = 0; step < 12; step++) {
        const work = repository.commit(`work ${index} ${step}`)
        if (index + step === 0) await log.append({ operationId: 'open', body: opened(work.commit) })
        const stepKey = `${index}.${step}`
        await log.append({ operationId: stepKey, body: accepted(work, stepKey) })
      }
    }
    expect((await verifyHistory(repository.commonDir, 'spec')).problems).toEqual([])
  })

  it('has nothing to say about a spec without a log', async () => {
    expect(await verifyHistory(repository.commonDir, 'other')).toEqual({ problems: [], events: 0 })
  })

  it('sees work that no ref keeps, and work that carries another tree', async () => {
    const [kept, lost, other] = [repository.commit('kept'), repository.commit('lost'), repository.commit('other')]
    forge([
      { ...opened(kept.commit), parents: [kept.commit] },
      { ...accepted(lost, 'k') },
      { ...accepted({ commit: kept.commit, tree: other.tree }, 'l') },
      { ...accepted({ commit: '1'.repeat(40), tree: other.tree }, 'm') },
    ])
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems).toEqual([
      expect.stringMatching(/^A: event 3 accepts .* but it carries/),
      expect.stringMatching(/^A: event 4 accepts .* not in the repository/),
      expect.stringContaining(`A: accepted commit ${lost.commit} is reachable from no ref`),
    ])
  })

  it('sees a phase without proof', async () => {
    const work = repository.commit('work')
    forge([
      { ...opened(work.commit), parents: [work.commit] },
      complete(work),
      evidence(work.tree, { outcome: 'failed', exitCode: 1 }),
      complete(work),
      { ...complete(work), gates: [] },
      evidence(work.tree),
      complete(work),
    ])
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems.map((problem) => problem.slice(0, 10))).toEqual(['B: event 2', 'B: event 4', 'B: event 5'])
  })

  it('sees a phase whose proof is of another version of the gate, or compared with another tree', async () => {
    const work = repository.commit('work')
    const compared = { gate: 'placeholders', version: 2, rule: 'TODO', base: work.tree }
    const finished = { ...complete(work), gates: [compared] }
    forge([
      { ...opened(work.commit), parents: [work.commit] },
      evidence(work.tree, { ...compared, version: 1 }),
      finished,
      evidence(work.tree, { ...compared, base: '1'.repeat(40) }),
      finished,
      evidence(work.tree, compared),
      finished,
    ])
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems.map((problem) => problem.slice(0, 10))).toEqual(['B: event 3', 'B: event 5'])
  })

  it('sees gaps, repeated operations, second results, falling fences and events of closed runs', async () => {
    const work = repository.commit('work')
    const { commit } = work
    forge([
      { ...opened(commit), parents: [commit] },
      { ...accepted(work, 'k'), fence: 5 },
      { ...accepted(work, 'k'), fence: 4 },
      { type: 'notice', code: 'x', message: 'y', seq: 9 },
      { type: 'notice', code: 'x', message: 'y', operationId: 'op0' },
      { type: 'run.finalized', run: 'r1', from: commit, to: commit, tree: work.tree, moved: false },
      evidence(work.tree),
      evidence(work.tree, {}, 'r9'),
    ])
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems).toEqual([
      expect.stringContaining('has number 9 at place 4'),
      expect.stringContaining('events 1 and 5 record the same operation'),
      expect.stringContaining('events 2 and 3 accept a result for step k'),
      expect.stringContaining('fence 4 after fence 5'),
      expect.stringContaining('event 7 is of run r1, which event 6 finalized'),
      expect.stringContaining('event 8 is of run r9, which was not opened'),
    ])
  })

  it.each(['', 'x', '-1', '1e300', '9007199254740992'])('sees a counter of fences that reads %j', async (text) => {
    const { commit } = repository.commit('work')
    forge([{ ...opened(commit), parents: [commit] }])
    repository.git('update-ref', 'refs/conduct/spec/fence', repository.gitWith(text, 'hash-object', '-w', '--stdin'))
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems).toEqual([`E: the counter of fences holds ${JSON.stringify(text)}, which is no fence`])
  })

  it('sees epochs that do not rise', async () => {
    const { commit } = repository.commit('work')
    forge([
      { ...opened(commit), parents: [commit] },
      raisedTo(1, '1', '2'),
      raisedTo(2, '1'),
      raisedTo(1, '2'),
      raisedTo(2, '2'),
    ])
    const { problems } = await verifyHistory(repository.commonDir, 'spec')
    expect(problems).toEqual(['E: event 4 raises phase 2 to epoch 1 after epoch 1'])
  })
})
