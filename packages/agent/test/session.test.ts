import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Anthropic } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { buildPrompt, type SessionEffects } from '../src/index.ts'
import { assignment, playAt, playSession, rehearse, reportTurn, scoreOf, temporaryDirectory } from './session-rig.ts'

/** Real clock, no waiting: the waits are what is looked at. */
function patientEffects(): SessionEffects & { readonly waits: number[] } {
  const waits: number[] = []
  return { now: () => 0, random: () => 0.5, sleep: async (ms) => void waits.push(ms), waits }
}

describe('a session with the Messages API', () => {
  it('works in the worktree with shell and editor and ends with the report', async () => {
    const directory = temporaryDirectory()
    const { outcome, progress, problems, transcript } = await playSession(
      `sessions:
  - role: implementation-executor
    turns:
      - say: Reading what is there.
        tools:
          - bash: ls -la
          - create: { path: src/a.mjs, text: "one\\ntwo\\n" }
          - replace: { path: src/a.mjs, old: two, new: "2 – grüße 🎵" }
          - insert: { path: src/a.mjs, line: 2, text: three }
          - view: src/a.mjs
      - tools: [{ bash: "cat src/a.mjs | wc -l" }]
      - report: { built: src/a.mjs, tests: counted, issues: [none] }
`,
      { directory },
    )
    expect(outcome).toMatchObject({
      kind: 'reported',
      report: { built: 'src/a.mjs', tests: 'counted', issues: ['none'] },
      usage: { turns: 3 },
    })
    expect(readFileSync(join(directory, 'src/a.mjs'), 'utf8')).toBe('one\n2 – grüße 🎵\nthree\n')
    expect(problems).toEqual([])
    expect(progress.filter(({ type }) => type === 'tool')).toHaveLength(6)
    expect(progress[0]).toMatchObject({ type: 'turn', turn: 1, summary: 'Reading what is there.' })
    expect(transcript.map((entry) => entry['type'])).toEqual([
      'session',
      'turn',
      'reply',
      'turn',
      'reply',
      'turn',
      'end',
    ])
  })

  it('counts the same usage every time', async () => {
    const score = scoreOf('tools: [{ bash: "echo hi" }]', reportTurn)
    const [first, second] = [await playSession(score), await playSession(score)]
    expect(first.outcome.usage).toEqual(second.outcome.usage)
    expect(first.outcome.usage.cacheReadTokens).toBeGreaterThan(0)
  })

  it('asks for the report when the agent stops without one, and gives up after three times in a row', async () => {
    const asked = await playSession(scoreOf('say: Done!', reportTurn))
    expect(asked.outcome).toMatchObject({ kind: 'reported', usage: { turns: 2 } })
    expect(asked.transcriptText).toContain('You stopped without calling `report`')
    const never = await playSession(
      scoreOf('say: 1', 'say: 2', 'tools: [{ bash: true }]', 'say: 3', 'say: 4', 'say: 5'),
    )
    expect(never.outcome).toMatchObject({ kind: 'format', usage: { turns: 6 } })
  })

  it.each([
    ['refusal', { kind: 'refused', message: 'I will not.' }],
    ['max_tokens', { kind: 'reported', usage: { turns: 2 } }],
    ['pause_turn', { kind: 'reported', usage: { turns: 2 } }],
    ['model_context_window_exceeded', { kind: 'limit', limit: 'context' }],
  ])('knows what to do when the model stops for %s', async (stop, expected) => {
    const { outcome } = await playSession(scoreOf(`{ say: I will not., stop: ${stop} }`, reportTurn))
    expect(outcome).toMatchObject(expected)
  })

  it('forgets old output when the context is full, and goes on', async () => {
    const { outcome, transcriptText } = await playSession(
      scoreOf(
        'tools: [{ bash: "seq 2000" }]',
        'tools: [{ bash: "echo a" }]',
        'stop: model_context_window_exceeded',
        reportTurn,
      ),
    )
    expect(outcome.kind).toBe('reported')
    expect(transcriptText).toContain('cut off')
  })

  it.each([
    ['turns', { turns: 2, tokens: 1_000_000, wallMs: 20_000 }, 2],
    ['tokens', { turns: 20, tokens: 10, wallMs: 20_000 }, 1],
  ] as const)('stops at the limit of %s', async (limit, budget, turns) => {
    const { outcome, requests } = await playSession(scoreOf(...Array(5).fill('tools: [{ bash: "true" }]')), { budget })
    expect(outcome).toMatchObject({ kind: 'limit', limit, usage: { turns } })
    expect(requests).toBe(turns)
  })

  it('stops at the limit of time, in the middle of a command', async () => {
    const started = performance.now()
    const budget = { turns: 20, tokens: 1_000_000, wallMs: 500 }
    const { outcome } = await playSession(scoreOf('tools: [{ bash: "sleep 60" }]', reportTurn), { budget })
    expect(outcome).toMatchObject({ kind: 'limit', limit: 'wall', usage: { turns: 1 } })
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('is aborted in the middle of a command, and in the middle of an answer', async () => {
    for (const turn of ['tools: [{ bash: "sleep 60" }]', '{ say: slow, delay: 1m }']) {
      const controller = new AbortController()
      const started = performance.now()
      const rehearsal = await rehearse(scoreOf(turn, reportTurn))
      const playing = playAt(rehearsal.url, { signal: controller.signal })
      setTimeout(() => controller.abort(), 300)
      expect((await playing).outcome.kind).toBe('aborted')
      expect(performance.now() - started).toBeLessThan(2500)
    }
  })

  it('tells a last turn that it is the last', async () => {
    const { transcriptText } = await playSession(scoreOf('tools: [{ bash: "true" }]', reportTurn), {
      budget: { turns: 2, tokens: 1_000_000, wallMs: 20_000 },
    })
    expect(transcriptText).toContain('This is your last turn')
  })

  it('gives a wrong report back and takes a right one', async () => {
    const server = await scriptedServer([
      [{ type: 'tool_use', id: 'toolu_1', name: 'report', input: { built: 'x' } }],
      [{ type: 'tool_use', id: 'toolu_2', name: 'shell', input: {} }],
      [{ type: 'tool_use', id: 'toolu_3', name: 'report', input: { built: 'x', tests: 'y', issues: [] } }],
    ])
    const { outcome } = await playAt(server.url)
    expect(outcome).toMatchObject({ kind: 'reported', usage: { turns: 3 } })
    expect(JSON.stringify(server.bodies[1])).toContain('A report has exactly')
    expect(JSON.stringify(server.bodies[2])).toContain('There is no tool')
    server.close()
  })

  it('asks the service to remember the system prompt, the tools and the newest message, and no more', async () => {
    const server = await scriptedServer([
      [{ type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'echo hi' } }],
      [{ type: 'tool_use', id: 'toolu_2', name: 'report', input: { built: 'x', tests: 'y', issues: [] } }],
    ])
    await playAt(server.url)
    for (const body of server.bodies) expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(3)
    const messages = (server.bodies[1] as { messages: { content: object[] }[] }).messages
    expect(messages.at(-1)?.content.at(-1)).toHaveProperty('cache_control')
    server.close()
  })
})

describe('when the service does not answer as it should', () => {
  it('tries again after an overload, as long as the service says', async () => {
    const effects = patientEffects()
    const { outcome, progress } = await playSession(
      scoreOf(
        'error: { status: 529, type: overloaded_error }',
        'error: { status: 429, type: rate_limit_error, retryAfter: 7 }',
        'tools: [{ bash: "true" }]',
        'error: { status: 500, type: api_error }',
        reportTurn,
      ),
      {},
      effects,
    )
    expect(outcome).toMatchObject({ kind: 'reported', usage: { turns: 2 } })
    expect(effects.waits).toEqual([1000, 7000, 1000])
    expect(progress.filter(({ type }) => type === 'retry')).toHaveLength(3)
  })

  it('bounds a retry-after of weeks by its own clock', async () => {
    const effects = patientEffects()
    await playSession(
      scoreOf('error: { status: 429, type: rate_limit_error, retryAfter: 999999 }', reportTurn),
      {},
      effects,
    )
    expect(effects.waits).toEqual([60_000])
  })

  it('does not wait past its time limit', async () => {
    const budget = { turns: 20, tokens: 1_000_000, wallMs: 400 }
    const { outcome, requests } = await playSession(
      scoreOf('error: { status: 429, type: rate_limit_error, retryAfter: 999999 }', reportTurn),
      { budget },
    )
    expect(outcome).toMatchObject({ kind: 'limit', limit: 'wall' })
    expect(requests).toBe(1)
  })

  it('gives up after eight tries and says that a later one may do', async () => {
    const overloaded = Array(20).fill('error: { status: 529, type: overloaded_error }')
    const { outcome, requests } = await playSession(scoreOf(...overloaded, reportTurn), {}, patientEffects())
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: expect.stringContaining('overloaded'),
    })
    expect(requests).toBe(8)
  })

  it.each([
    [401, 'authentication_error', 'ANTHROPIC_API_KEY'],
    [404, 'not_found_error', 'agent.model'],
    [400, 'invalid_request_error', 'refused'],
  ])('does not try again after %i, and says what to do', async (status, type, hint) => {
    const { outcome, requests } = await playSession(scoreOf(`error: { status: ${status}, type: ${type} }`, reportTurn))
    expect(outcome).toMatchObject({ kind: 'unavailable', retryable: false, hint: expect.stringContaining(hint) })
    expect(requests).toBe(1)
  })

  it('says so when nobody listens', async () => {
    const { url, close } = await rehearse(scoreOf(reportTurn))
    await close()
    const { outcome } = await playAt(url, {}, patientEffects())
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('starts nothing without a key', async () => {
    const { outcome } = await playAt('', { api: {} })
    expect(outcome).toMatchObject({ kind: 'unavailable', hint: expect.stringContaining('ANTHROPIC_API_KEY') })
  })
})

describe('a rehearsal', () => {
  it('finds the session by role, phase, module and round; the first that fits wins', async () => {
    const session = (match: string, built: string) =>
      `  - { ${match}, turns: [{ report: { built: ${built}, tests: t } }] }\n`
    const score = `sessions:\n${session('role: fix-executor, phase: "1", round: 2', 'second')}${session('role: fix-executor, phase: 1', 'first')}${session('role: implementation-executor, module: docs', 'docs')}${session('role: implementation-executor', 'any')}`
    const failure = { gate: 'test', rule: 'npm test', output: 'red', rounds: 3, patch: '', earlier: [] }
    const { url } = await rehearse(score)
    const built = async (more: object) => {
      const { outcome } = await playAt(url, { assignment: { ...assignment, ...more } })
      return outcome.kind === 'reported' ? outcome.report.built : outcome
    }
    expect(await built({ role: 'fix-executor', failure: { ...failure, round: 1 } })).toBe('first')
    expect(await built({ role: 'fix-executor', failure: { ...failure, round: 2 } })).toBe('second')
    expect(await built({ module: { name: 'docs', paths: [], foreignPaths: [] } })).toBe('docs')
    expect(await built({})).toBe('any')
  })

  it('names the session that is missing and those it has', async () => {
    const { outcome, problems } = await playSession('sessions: [{ role: fix-executor, phase: 7, turns: [{ say: x }] }]')
    expect(outcome).toMatchObject({ kind: 'unavailable', retryable: false })
    expect(problems[0]).toContain('implementation-executor, phase 1, module contracts')
    expect(problems[0]).toContain('fix-executor, phase 7')
  })

  it('says so when a session is too short, and when one of its calls failed', async () => {
    const { outcome, problems } = await playSession(
      scoreOf('tools: [{ replace: { path: nowhere, old: a, new: b } }]', 'say: hm'),
    )
    expect(outcome.kind).toBe('unavailable')
    expect(problems[0]).toContain('nowhere')
    expect(problems.at(-1)).toContain('is over after 2 answers')
  })

  it('answers without streaming too, and keeps nothing between requests', async () => {
    const { url, token } = await rehearse(scoreOf('say: first', 'say: second'))
    const client = new Anthropic({ apiKey: token, baseURL: url })
    const opening = { role: 'user' as const, content: buildPrompt(assignment).user }
    const params = { model: 'm', max_tokens: 10 }
    const second = await client.messages.create({
      ...params,
      messages: [opening, { role: 'assistant', content: 'x' }, { role: 'user', content: 'y' }],
    })
    const first = await client.messages.create({ ...params, messages: [opening] })
    expect([second.content[0], first.content[0]]).toMatchObject([{ text: 'second' }, { text: 'first' }])
  })

  it('refuses a score that cannot be played, with file, line and column', async () => {
    await expect(rehearse('sessions:\n  - rule: x\n')).rejects.toThrow(/score:2:5: `rule` is unknown/)
  })

  it('plays to 64 sessions at once in one process', async () => {
    const { url } = await rehearse(scoreOf('tools: [{ bash: "echo $$ > a" }]', 'tools: [{ view: a }]', reportTurn))
    const before = process.memoryUsage().rss
    const played = await Promise.all(Array.from({ length: 64 }, () => playAt(url)))
    expect(played.map(({ outcome }) => outcome.kind)).toEqual(Array(64).fill('reported'))
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
  })
})

/** A server that says what a score cannot, because the driver would never ask for it. */
async function scriptedServer(answers: readonly (readonly object[])[]) {
  const bodies: unknown[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    bodies.push(JSON.parse(text))
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    const events: object[] = [{ type: 'message_start', message }]
    for (const [index, block] of (answers[bodies.length - 1] ?? []).entries())
      events.push({ type: 'content_block_start', index, content_block: block }, { type: 'content_block_stop', index })
    events.push(
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    )
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, close: () => server.close() }
}
