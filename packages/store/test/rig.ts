import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventBody, Evidence } from '../src/event.ts'
import {
  currentHolder,
  type Holder,
  type OpenRunLogOptions,
  openRunLog,
  type RunLog,
  type StoreNotice,
  type Waits,
} from '../src/index.ts'

/** Nothing depends on how long these are: who waits for what stays the same. */
export const shortWaits: Partial<Waits> = {
  lockPollMs: 10,
  lockedForMs: 1_000,
  staleLockMs: 100,
  redisRetryMs: 50,
  redisRetryAtMostMs: 200,
}

export const usage = {
  sessions: 1,
  turns: 3,
  inputTokens: 10,
  outputTokens: 20,
  cacheReadTokens: 5,
  cacheWriteTokens: 1,
}

/** A fresh repository with one commit. */
export class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'nx-conduct-store-'))
  readonly commonDir = join(this.folder, '.git')
  readonly notices: StoreNotice[] = []
  readonly #logs: RunLog[] = []
  readonly #redisUrl: string | undefined

  /** `redisUrl`: every log is opened with that Redis beside it. */
  constructor(redisUrl?: string) {
    this.#redisUrl = redisUrl
    this.git('init', '-q', '-b', 'main')
    this.commit('first')
  }

  git(...args: string[]): string {
    return execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false', '-C', this.folder, ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    ).trim()
  }

  gitWith(input: string, ...args: string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], { input, encoding: 'utf8' }).trim()
  }

  /** A commit on no branch with a tree of its own. */
  commit(text: string): { commit: string; tree: string } {
    const blob = execFileSync('git', ['-C', this.folder, 'hash-object', '-w', '--stdin'], {
      input: text,
      encoding: 'utf8',
    }).trim()
    const tree = this.gitWith(`100644 blob ${blob}\tfile\n`, 'mktree')
    return { commit: this.git('commit-tree', tree, '-m', text), tree }
  }

  /** The file of a loose object. */
  objectFile(name: string): string {
    const oid = this.git('rev-parse', name)
    return join(this.commonDir, 'objects', oid.slice(0, 2), oid.slice(2))
  }

  /** Makes git believe that there are many loose objects. */
  crowd(): void {
    const folder = join(this.commonDir, 'objects', '17')
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 8; index++) writeFileSync(join(folder, String(index).padStart(38, '0')), '')
  }

  async open(options: Partial<OpenRunLogOptions> = {}): Promise<RunLog> {
    const log = await openRunLog({
      commonDir: this.commonDir,
      spec: 'spec',
      holder: currentHolder(),
      now: () => new Date(),
      onNotice: (notice) => this.notices.push(notice),
      waits: shortWaits,
      ...(this.#redisUrl === undefined ? {} : { redis: { url: this.#redisUrl, mode: 'preferred' as const } }),
      ...options,
    })
    this.#logs.push(log)
    return log
  }

  async remove(): Promise<void> {
    await Promise.all(this.#logs.map((log) => log.close()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function opened(base: string, run = 'r1', phases = ['1', '2']): EventBody {
  return {
    type: 'run.opened',
    run,
    spec: 'spec',
    base,
    branch: 'main',
    plan: base,
    specFile: '.spec/SPEC.md',
    phases: phases.map((id) => ({ id, slug: `p${id}`, title: `Phase ${id}`, slice: `slice${id}`, dependsOn: [] })),
  }
}

export function accepted(of: { commit: string; tree: string }, stepKey: string, run = 'r1'): EventBody {
  return {
    type: 'step.accepted',
    run,
    step: 'implement',
    phase: '1',
    module: 'api',
    stepKey,
    source: 'executed',
    result: { step: 'implement', ...of, report: 'made', issues: [] },
    summary: 'made the api',
    durationMs: 5,
  }
}

export function proof(tree: string, more: Partial<Evidence> = {}): Evidence {
  return {
    gate: 'test',
    version: 1,
    rule: 'npm test',
    tree,
    environment: 'env',
    outcome: 'passed',
    exitCode: 0,
    at: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

export function evidence(tree: string, more: Partial<Evidence> = {}, run = 'r1'): EventBody {
  return { type: 'evidence.recorded', run, phase: '1', evidence: proof(tree, more) }
}

/** One redo of the phases, all at the same epoch. */
export function raisedTo(epoch: number, ...phases: string[]): Extract<EventBody, { type: 'epochs.raised' }> {
  const raised = (phases.length === 0 ? ['1'] : phases).map((phase) => ({ phase, name: `slice of ${phase}`, epoch }))
  return { type: 'epochs.raised', why: 'redo', raised }
}

export function complete(
  of: { commit: string; tree: string },
  run = 'r1',
): Extract<EventBody, { type: 'phase.complete' }> {
  return {
    type: 'phase.complete',
    run,
    phase: '1',
    slice: 'slice1',
    ...of,
    environment: 'env',
    gates: [{ gate: 'test', version: 1, rule: 'npm test' }],
    unverified: [],
    satisfied: false,
  }
}

export const report = { built: 'the api', tests: 'pass', issues: [] }

/** A phase that a person has to continue. */
export function escalated(phase = '1', run = 'r1'): EventBody {
  return {
    type: 'phase.escalated',
    run,
    phase,
    escalation: {
      phase,
      title: `Phase ${phase}`,
      what: 'npm test fails',
      tree: 'a'.repeat(40),
      environment: 'env',
      output: '1 failed',
      alsoFailed: [],
      attempts: [],
      worktree: '/tmp/failing',
      next: ['nx run spec:conduct'],
    },
  }
}

/** A process that is not this one. */
export function stranger(more: Partial<Holder> = {}): Holder {
  return { host: 'elsewhere', pid: 4242, startedAt: 'then', ...more }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
