import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PresetName } from '../src/contract.ts'
import { presets } from '../src/presets/presets.ts'
import { OutputFollower } from '../src/session/follow-output.ts'

/** Feeds a recorded session in pieces of odd sizes, with a clock that goes on by half a second for each. */
function follow(name: PresetName, text: string, size = 37) {
  let ms = 0
  const news: string[] = []
  const follower = new OutputFollower(
    presets[name].reader(),
    () => ms,
    (summary) => news.push(summary),
  )
  for (let start = 0; start < text.length; start += size) {
    ms += 500
    follower.add(text.slice(start, start + size))
  }
  return { heard: follower.finish(), news }
}

const recorded = (name: PresetName) =>
  readFileSync(new URL(`./recorded/${name}.${name === 'aider' ? 'txt' : 'jsonl'}`, import.meta.url), 'utf8')

const report = '```json\n{"built":"hello.txt","tests":"cat hello.txt","issues":[]}\n```'

const counted = {
  claude: { turns: 2, inputTokens: 200, outputTokens: 40, cacheReadTokens: 100, cacheWriteTokens: 14 },
  codex: { turns: 1, inputTokens: 100, outputTokens: 40, cacheReadTokens: 100, cacheWriteTokens: 0 },
  gemini: { turns: 1, inputTokens: 100, outputTokens: 40, cacheReadTokens: 100, cacheWriteTokens: 0 },
  opencode: { turns: 2, inputTokens: 200, outputTokens: 40, cacheReadTokens: 100, cacheWriteTokens: 14 },
  aider: { turns: 1, inputTokens: 2_100, outputTokens: 345, cacheReadTokens: 0, cacheWriteTokens: 0 },
} as const
const uncounted = {
  turns: 1,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  uncounted: 1,
} as const

describe.each([
  ['claude', counted.claude],
  ['codex', counted.codex],
  ['gemini', counted.gemini],
  ['opencode', counted.opencode],
  ['copilot', uncounted],
  ['cursor-agent', uncounted],
  ['aider', counted.aider],
] as const)('the output of %s', (name, usage) => {
  const { heard, news } = follow(name, recorded(name))

  it('says how many tokens it used, or that nobody counted', () => {
    expect(heard.usage).toEqual(usage)
    expect(presets[name].countsTokens).toBe(!('uncounted' in usage))
  })

  it('ends with the words that the report is looked for in', () => {
    expect(heard.words?.last).toContain(report)
    expect(heard.error).toBeUndefined()
  })

  it('gives news of what it says and does, and none of its format', () => {
    expect(news.join('\n')).toMatch(/I write the file\.|hello\.txt|Done\./)
    expect(news.join('\n')).not.toMatch(/[{}]|```/)
    expect(heard.lines.join('\n')).toContain('Done.')
  })

  it('is the same in whatever pieces it comes', () => {
    expect(follow(name, recorded(name), 1).heard).toEqual(heard)
    expect(follow(name, recorded(name), 100_000).heard).toEqual(heard)
  })

  it('is read where lines of it are cut, doubled, or of another kind', () => {
    const lines = recorded(name).split('\n')
    for (const at of lines.keys()) {
      const odd = [
        ...lines.slice(0, at),
        '{"type":',
        '[]',
        'null',
        '{"type":{}}',
        '{"type":"result"',
        ...lines.slice(at),
      ]
      expect(() => follow(name, odd.join('\n'))).not.toThrow()
    }
  })
})

it('finds a report that only the end of the session has', () => {
  const said = { type: 'assistant', message: { id: 'a', content: [{ type: 'text', text: 'I write it.' }] } }
  const end = { type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: report }
  const { heard } = follow('claude', `${JSON.stringify(said)}\n${JSON.stringify(end)}\n`)
  expect(heard.words?.all).toBe(`I write it.\n${report}`)
  // What a message has already is not there twice.
  const both = { ...said, message: { id: 'b', content: [{ type: 'text', text: report }] } }
  const repeated = follow('claude', `${JSON.stringify(both)}\n${JSON.stringify(end)}\n`)
  expect(repeated.heard.words?.all).toBe(report)
})

describe('a session that fails', () => {
  it.each([
    [
      'claude',
      '{"type":"result","subtype":"success","is_error":true,"num_turns":1,"result":"Not logged in · Please run /login","usage":{}}',
      'Not logged in · Please run /login',
    ],
    [
      'codex',
      '{"type":"turn.failed","error":{"message":"exceeded retry limit, last status: 429 Too Many Requests"}}',
      'exceeded retry limit, last status: 429 Too Many Requests',
    ],
    [
      'gemini',
      '{"type":"result","status":"error","error":{"type":"unknown","message":"[API Error: quota]"},"stats":{}}',
      '[API Error: quota]',
    ],
    [
      'opencode',
      '{"type":"error","timestamp":1,"sessionID":"s","error":{"name":"UnknownError","data":{"message":"Unexpected server error."}}}',
      'UnknownError: Unexpected server error.',
    ],
    [
      'copilot',
      '{"type":"session.error","data":{"errorType":"authentication","message":"Authentication failed with provider","statusCode":401}}',
      'Authentication failed with provider',
    ],
    ['cursor-agent', '{"type":"result","subtype":"error","is_error":true,"result":"No."}', 'No.'],
    ['aider', 'litellm.AuthenticationError: invalid x-api-key', 'litellm.AuthenticationError: invalid x-api-key'],
  ] as const)('of %s says why', (name, line, error) => {
    expect(follow(name, `${line}\n`).heard.error).toBe(error)
  })

  it('is none where the program tried again with success', () => {
    const again = '{"type":"error","message":"Reconnecting... 2/5 (stream disconnected)"}\n'
    expect(follow('codex', again + recorded('codex')).heard.error).toBeUndefined()
  })

  it.each([
    ['claude', 'Not logged in · Please run /login', 'not-logged-in'],
    ['claude', 'Invalid API key · Fix external API key', 'key-refused'],
    ['claude', 'API Error: Request rejected (429) · Number of requests has exceeded your rate limit', 'rate-limited'],
    [
      'codex',
      'unexpected status 401 Unauthorized: invalid x-api-key, url: http://127.0.0.1/v1/responses',
      'key-refused',
    ],
    ['codex', 'exceeded retry limit, last status: 429 Too Many Requests', 'rate-limited'],
    ['gemini', 'Please set an Auth method in your settings.json or specify one of', 'not-logged-in'],
    ['gemini', '{"error":{"message":"invalid x-api-key","code":401,"status":"UNAUTHENTICATED"}}', 'key-refused'],
    ['copilot', 'Error: No authentication information found.', 'not-logged-in'],
    ['copilot', 'Authentication failed with provider at http://127.0.0.1 (HTTP 401).', 'key-refused'],
  ] as const)('of %s is known by its own words: %s', (name, words, means) => {
    expect(presets[name].failures.find((failure) => failure.words.test(words))?.means).toBe(means)
  })

  it('that reached the limit of its turns, or was refused, says that', () => {
    const limit = '{"type":"result","subtype":"error_max_turns","is_error":true,"num_turns":2,"usage":{}}\n'
    expect(follow('claude', limit).heard.turnLimit).toBe(true)
    const refusal =
      '{"type":"result","subtype":"success","is_error":false,"stop_reason":"refusal","result":"I cannot.","usage":{}}\n'
    expect(follow('claude', refusal).heard.refused).toBe('I cannot.')
  })
})

describe('news of a program', () => {
  it('come at most once a second, the newest first, and the last of all at the end', () => {
    let ms = 0
    const news: [number, string][] = []
    const follower = new OutputFollower(
      undefined,
      () => ms,
      (summary) => news.push([ms, summary]),
    )
    for (let line = 1; line <= 30; line += 1) {
      follower.add(`line ${line}\n`)
      ms += 100
    }
    follower.finish()
    expect(news).toEqual([
      [0, 'line 1'],
      [1_000, 'line 11'],
      [2_000, 'line 21'],
      [3_000, 'line 30'],
    ])
  })

  it('are never a fence, a brace, JSON, colours or an empty line', () => {
    const follower = new OutputFollower(
      undefined,
      () => 0,
      () => {},
    )
    follower.add(
      '\u001b[32mAll done\u001b[0m\n\n```json\n{\n  "built": "x",\n  "issues": []\n}\n```\n}\n---\n{"built":"y"}\n',
    )
    expect(follower.finish().lines).toEqual(['All done'])
  })

  it('take bounded memory, whatever is printed', () => {
    const follower = new OutputFollower(
      presets.claude.reader(),
      () => 0,
      () => {},
    )
    for (let piece = 0; piece < 40; piece += 1) follower.add('x'.repeat(1024 * 1024))
    follower.add(`\n${recorded('claude')}`)
    const message = JSON.stringify({
      type: 'assistant',
      message: { id: 'm', content: [{ type: 'text', text: 'y'.repeat(300_000) }] },
    })
    for (let time = 0; time < 20; time += 1) follower.add(`${message}\n`)
    const { words } = follower.finish()
    expect(words?.all.length).toBeLessThanOrEqual(512 * 1024)
  })
})
