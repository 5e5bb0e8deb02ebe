import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import {
  type Assignment,
  type Rehearsal,
  runSession,
  type SessionEffects,
  type SessionOutcome,
  type SessionProgress,
  type SessionRequest,
  startRehearsal,
} from '../src/index.ts'

export const assignment: Assignment = {
  role: 'implementation-executor',
  spec: 'spec',
  context: [{ title: 'Overview', markdown: 'A small program.' }],
  phase: {
    id: '1',
    title: 'Contracts',
    description: '',
    tasks: ['Write a.'],
    modules: ['contracts', 'docs'],
    testCommands: ['node --test'],
    criteria: ['a exists'],
    gotchas: ['Mind the gap.'],
    files: ['a.mjs'],
    generated: [],
  },
  module: { name: 'contracts', paths: ['src/**'], foreignPaths: ['docs/**'] },
  reports: [],
}

export interface Played {
  readonly outcome: SessionOutcome
  readonly progress: readonly SessionProgress[]
  readonly transcript: readonly Record<string, unknown>[]
  readonly transcriptText: string
  readonly problems: readonly string[]
  readonly requests: number
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'nx-conduct-agent-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A score with one session of the specimen's role that matches everything. */
export function scoreOf(...turns: string[]): string {
  return `sessions:\n  - role: implementation-executor\n    turns:\n${turns.map((turn) => `      - ${turn}\n`).join('')}`
}

export const reportTurn = 'report: { built: it, tests: green, issues: [] }'

export async function rehearse(score: string): Promise<Rehearsal & { readonly problems: string[] }> {
  const problems: string[] = []
  const rehearsal = await startRehearsal({ score, token: 'rehearsal', onProblem: (problem) => problems.push(problem) })
  cleanups.push(() => rehearsal.close())
  return { ...rehearsal, problems }
}

/** Plays one session against a rehearsal of the score, over HTTP. */
export async function playSession(
  score: string,
  more: Partial<SessionRequest> = {},
  effects?: SessionEffects,
): Promise<Played> {
  const rehearsal = await rehearse(score)
  const played = await playAt(rehearsal.url, more, effects)
  return { ...played, problems: rehearsal.problems, requests: rehearsal.requests() }
}

export async function playAt(
  baseURL: string,
  more: Partial<SessionRequest> = {},
  effects?: SessionEffects,
): Promise<Omit<Played, 'problems' | 'requests'>> {
  const transcriptFile = more.transcriptFile ?? join(temporaryDirectory(), 'transcript.jsonl')
  const progress: SessionProgress[] = []
  const request: SessionRequest = {
    assignment,
    agent: { driver: 'anthropic' },
    budget: { turns: 20, tokens: 1_000_000, wallMs: 20_000 },
    directory: more.directory ?? temporaryDirectory(),
    readOnly: [],
    transcriptFile,
    api: { baseURL, apiKey: 'rehearsal' },
    env: { PATH: process.env['PATH'] ?? '' },
    secrets: [],
    signal: new AbortController().signal,
    ...more,
    onProgress: (event) => {
      progress.push(event)
      more.onProgress?.(event)
    },
  }
  const outcome = effects ? await runSession(request, effects) : await runSession(request)
  const transcriptText = existsSync(transcriptFile) ? readFileSync(transcriptFile, 'utf8') : ''
  const transcript = transcriptText
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  return { outcome, progress, transcript, transcriptText }
}
