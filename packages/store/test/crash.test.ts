import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyHistory } from '../src/index.ts'
import { build } from './built.ts'
import { collect, Repository, shortWaits } from './rig.ts'

let entry: string
beforeAll(() => {
  entry = build()
})
let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository.remove())

/** A process that takes a lease per step, records a start and a result, and says which operations were acknowledged. */
const writer = (round: number) => `
  import { openRunLog, currentHolder } from ${JSON.stringify(entry)}
  const log = await openRunLog({ commonDir: ${JSON.stringify(repository.commonDir)}, spec: 'spec', holder: currentHolder(), now: () => new Date(), onNotice() {}, waits: ${JSON.stringify(shortWaits)} })
  const say = (operationId, outcome) => outcome.kind === 'refused' ? process.stdout.write('refused ' + JSON.stringify(outcome.refusal) + '\\n') : process.stdout.write(operationId + '\\n')
  const work = ${JSON.stringify(repository.commit('work'))}
  const append = async (operationId, body, lease) => say(operationId, await log.append({ operationId, body, ...(lease ? { lease } : {}) }))
  await append('open', { type: 'run.opened', run: 'r1', spec: 'spec', base: work.commit, plan: work.commit, specFile: 'SPEC.md', phases: [] })
  for (let step = 0; ; step++) {
    const stepKey = '${round}.' + step
    const { lease } = await log.acquire(stepKey, 60000)
    const about = { run: 'r1', step: 'implement', phase: '1', stepKey }
    await append('start ' + stepKey, { type: 'step.started', ...about }, lease)
    await append('accept ' + stepKey, { type: 'step.accepted', ...about, source: 'executed', result: { step: 'implement', ...work, report: '', issues: [] }, summary: '', durationMs: 1 }, lease)
    await log.release(lease)
  }`

const childrenOf = (pid: number) =>
  execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []))

/** It may have ended with its parent already. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Small and repeatable: the low bits of a linear congruence. */
function* delays(seed: number): Generator<number> {
  for (let value = seed; ; ) {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
    yield value % 97
  }
}

describe('a writer that is killed', () => {
  it.each([
    ['alone', false],
    ['with its git processes', true],
  ])(
    '%s, at any moment, loses nothing that was acknowledged and blocks nobody',
    { timeout: 120_000 },
    async (_what, withGit) => {
      const delay = delays(withGit ? 7 : 3)
      const acknowledged = new Set<string>()
      for (let round = 0; round < 8; round++) {
        const child = spawn(process.execPath, ['--input-type=module', '-e', writer(round)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let said = ''
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk
        })
        await once(child.stdout, 'data')
        await new Promise((resolve) => setTimeout(resolve, delay.next().value))
        const plumbing = withGit && child.pid !== undefined ? childrenOf(child.pid) : []
        const exited = once(child, 'close')
        child.kill('SIGKILL')
        for (const pid of plumbing) kill(pid)
        await exited
        const lines = said.slice(0, said.lastIndexOf('\n')).split('\n')
        expect(lines.filter((line) => line.startsWith('refused'))).toEqual([])
        for (const line of lines) acknowledged.add(line)
        expect((await verifyHistory(repository.commonDir, 'spec')).problems).toEqual([])
      }
      const log = await repository.open()
      expect(
        await log.append({ operationId: 'after', body: { type: 'notice', code: 'x', message: 'y' } }),
      ).toMatchObject({ kind: 'recorded' })
      const recorded = new Set((await collect(log.events())).map(({ operationId }) => operationId))
      expect([...acknowledged].filter((operation) => !recorded.has(operation))).toEqual([])
      const steps = new Set(
        (await collect(log.events())).flatMap(({ body }) => ('stepKey' in body ? [body.stepKey] : [])),
      )
      for (const step of steps) expect((await log.acquire(step, 1000)).kind).toBe('acquired')
      expect(readdirSync(join(repository.commonDir, 'conduct', 'store'))).toHaveLength(1)
      repository.git('fsck', '--no-dangling')
    },
  )
})
