import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PresetName, SessionRequest } from '../src/contract.ts'
import { filterEnvironment, presetEnvironment, presets, secretsIn } from '../src/index.ts'
import { loginOf } from '../src/presets/environment.ts'
import { assignment, playAt, temporaryDirectory } from './session-rig.ts'

const names = Object.keys(presets) as PresetName[]
const recording = (name: PresetName) =>
  new URL(`./recorded/${name}.${name === 'aider' ? 'txt' : 'jsonl'}`, import.meta.url).pathname

/** A session with a stand-in for the preset's program: it notes how it was called, and then does what `script` says. */
async function playWith(
  name: PresetName,
  { script = `cat '${recording(name)}'`, ...more }: Partial<SessionRequest> & { readonly script?: string } = {},
) {
  const bin = temporaryDirectory()
  const seen = join(temporaryDirectory(), 'seen')
  mkdirSync(seen)
  const note = `for a in "$@"; do printf '%s\\n' "$a" >> '${seen}/arguments'; case $a in */prompt.md) cat "$a" > '${seen}/file';; esac; done\ncat > '${seen}/stdin'\nenv > '${seen}/env'\npwd > '${seen}/cwd'\n`
  writeFileSync(join(bin, presets[name].program), `#!/bin/sh\n${note}${script}\n`, { mode: 0o755 })
  const directory = more.directory ?? temporaryDirectory()
  const env = { PATH: `${bin}:${process.env['PATH']}`, ...more.env }
  const played = await playAt('', {
    ...more,
    agent: { driver: 'command', preset: name, ...more.agent },
    env,
    directory,
  })
  const read = (file: string) => (existsSync(join(seen, file)) ? readFileSync(join(seen, file), 'utf8') : '')
  return {
    ...played,
    directory,
    arguments: read('arguments').trimEnd().split('\n'),
    prompt: read('stdin') || read('file'),
    env: read('env').split('\n'),
    cwd: read('cwd').trim(),
  }
}

describe.each(names)('the preset %s', (name) => {
  it('calls its program in the worktree with the prompt, and finds the report', async () => {
    const { outcome, prompt, cwd, directory, progress, transcript } = await playWith(name)
    expect(outcome).toMatchObject({ kind: 'reported', report: { built: 'hello.txt', tests: 'cat hello.txt' } })
    expect(prompt).toMatch(/^<assignment role="implementation-executor"/)
    expect(prompt).toContain('Mind the gap.')
    expect(cwd).toBe(directory)
    expect(outcome.usage.uncounted).toBe(presets[name].countsTokens ? undefined : 1)
    expect(progress.map(({ type }) => type)).toContain('said')
    expect(transcript.map((entry) => entry['type'])).toEqual(['session', 'turn', 'end'])
    expect(transcript[0]?.['stdin']).toBe(prompt)
  })

  it('passes the model with the flag of the program', async () => {
    const called = await playWith(name, { agent: { driver: 'command', preset: name, model: "it's new" } })
    expect(called.arguments.join(' ')).toContain("--model it's new")
    expect((await playWith(name)).arguments).not.toContain('--model')
  })

  it('calls another program where a command stands for it', async () => {
    const bin = temporaryDirectory()
    writeFileSync(join(bin, 'mine'), `#!/bin/sh\ncat '${recording(name)}'\n`, { mode: 0o755 })
    const { outcome } = await playWith(name, {
      agent: { driver: 'command', preset: name, command: join(bin, 'mine') },
      script: 'exit 9',
    })
    expect(outcome.kind).toBe('reported')
  })

  it('says how to install a program that is not there', async () => {
    const { outcome } = await playAt('', { agent: { driver: 'command', preset: name }, env: { PATH: '/usr/bin:/bin' } })
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      retryable: false,
      message: expect.stringMatching(/ended with exit code 127/),
      hint: expect.stringContaining(presets[name].install),
    })
  })

  it('gives the program its own variables alone, and nobody else any of them', async () => {
    const { keys, endpoints, settings } = presets[name].variables
    const all = Object.fromEntries([...keys, ...endpoints, ...settings].map((key) => [key, `value-of-${key}`]))
    const { variables } = presetEnvironment({ preset: name }, { ...all, UNRELATED_TOKEN: 'x' })
    const { env } = await playWith(name, { ownEnv: variables })
    for (const [key, value] of Object.entries(all)) expect(env).toContain(`${key}=${value}`)
    expect(env.join('\n')).not.toContain('UNRELATED_TOKEN')
    expect(filterEnvironment(all, [])).toEqual({})
  })

  it('has its keys redacted, whatever they look like', async () => {
    const [key = ''] = presets[name].variables.keys
    const own = { [key]: 'a-key-with-no-form' }
    const script = `echo "the key is $${key}"; exit 1`
    const { outcome, transcriptText, progress } = await playWith(name, { ownEnv: own, script })
    expect(JSON.stringify([outcome, progress]) + transcriptText).not.toContain('a-key-with-no-form')
    expect(JSON.stringify(outcome)).toContain('[redacted]')
    for (const each of presets[name].variables.keys) expect(secretsIn({ [each]: 'abcdefgh-1' })).toHaveLength(1)
  })

  it('finds a login in the environment or in a file below the home folder', () => {
    const [key = ''] = presets[name].variables.keys
    const [file = ''] = presets[name].credentialFiles
    expect(loginOf(name, { HOME: '/h', [key]: 'x' }, () => false)).toEqual({ kind: 'variable', name: key })
    expect(loginOf(name, { HOME: '/h' }, (path) => path === `/h/${file}`)).toEqual({ kind: 'file', name: `~/${file}` })
    expect(loginOf(name, { HOME: '/h' }, () => false)).toBeUndefined()
  })
})

const works: Readonly<Record<PresetName, readonly string[]>> = {
  claude: [
    '-p',
    'stream-json',
    'acceptEdits',
    'Bash,Edit,Read,Write,NotebookEdit,WebFetch,WebSearch',
    '--max-turns',
    '20',
  ],
  codex: ['exec', '--json', '--dangerously-bypass-approvals-and-sandbox', '-'],
  gemini: ['stream-json', 'yolo'],
  opencode: ['run', 'json', '--auto'],
  aider: ['--yes-always', '--no-auto-commits', '--no-dirty-commits', '--no-gitignore'],
  'cursor-agent': ['--print', 'stream-json', '--force'],
  copilot: ['json', '--allow-all-tools', '--no-ask-user'],
}
const judges: Readonly<Record<PresetName, { readonly has: string; readonly hasNot?: string }>> = {
  claude: { has: 'Edit,Write,NotebookEdit', hasNot: 'Bash,Edit,Read,Write,NotebookEdit,WebFetch,WebSearch' },
  codex: { has: 'read-only', hasNot: '--dangerously-bypass-approvals-and-sandbox' },
  gemini: { has: 'plan', hasNot: 'yolo' },
  opencode: { has: 'plan' },
  aider: { has: 'ask' },
  'cursor-agent': { has: 'ask', hasNot: '--force' },
  copilot: { has: '--deny-tool=write' },
}

describe.each(names)('the arguments of %s', (name) => {
  it('let it work without a person', async () => {
    expect((await playWith(name)).arguments).toEqual(expect.arrayContaining([...works[name]]))
  })

  it.each(['code-reviewer', 'security-auditor'] as const)(
    'forbid a %s to write, and its verdict is read',
    async (role) => {
      const verdict = '{"verdict":"approve","summary":"fine","findings":[],"criteria":[]}'
      const words = readFileSync(recording(name), 'utf8')
        .replaceAll('{"built":"hello.txt","tests":"cat hello.txt","issues":[]}', verdict)
        .replaceAll(
          JSON.stringify('{"built":"hello.txt","tests":"cat hello.txt","issues":[]}').slice(1, -1),
          JSON.stringify(verdict).slice(1, -1),
        )
      const file = join(temporaryDirectory(), 'words')
      writeFileSync(file, words)
      const called = await playWith(name, { assignment: { ...assignment, role }, script: `cat '${file}'` })
      expect(called.outcome).toMatchObject({ kind: 'judged', verdict: { verdict: 'approve' } })
      expect(called.arguments).toContain(judges[name].has)
      expect(called.arguments).not.toContain(judges[name].hasNot ?? '(none)')
    },
  )
})

describe('a program of a preset that fails', () => {
  const line =
    '{"type":"result","subtype":"success","is_error":true,"num_turns":1,"result":"Not logged in · Please run /login","usage":{}}'
  it('because nobody logged in says how to', async () => {
    const { outcome } = await playWith('claude', { script: `echo '${line}'; exit 1` })
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      message: '`claude` is not logged in.',
      hint: expect.stringContaining('ANTHROPIC_API_KEY'),
      retryable: false,
      said: ['Not logged in · Please run /login'],
    })
  })

  it('is known by its words even where it says that it succeeded', async () => {
    const { outcome } = await playWith('copilot', { script: 'echo "Error: No authentication information found."' })
    expect(outcome).toMatchObject({ kind: 'unavailable', message: '`copilot` is not logged in.' })
  })

  it('is not taken for that where it reported', async () => {
    const script = `cat '${recording('copilot')}'; echo "No authentication information found, says the page I built"`
    expect((await playWith('copilot', { script })).outcome.kind).toBe('reported')
  })

  it('at a limit that ends later may be tried again', async () => {
    const script = `echo '{"type":"turn.failed","error":{"message":"exceeded retry limit, last status: 429 Too Many Requests"}}'; exit 1`
    expect((await playWith('codex', { script })).outcome).toMatchObject({ kind: 'unavailable', retryable: true })
  })

  it.each([
    ['5-hour limit reached ∙ resets 3pm', true],
    ['Claude AI usage limit reached|1764460800', true],
    ["You've hit your session limit · resets 3pm", true],
    ['Context limit reached · /compact or /clear to continue', false],
  ])('of claude with the words %j is at a limit of the service: %j', async (words, isLimit) => {
    const line = JSON.stringify({ type: 'result', subtype: 'success', is_error: true, num_turns: 1, result: words })
    const { outcome } = await playWith('claude', { script: `cat <<'END'\n${line}\nEND\nexit 1` })
    const message = isLimit ? /^The service limits how much `claude`/ : /^`claude` ended with exit code 1/
    expect(outcome).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(message), said: [words] })
  })

  it('at the limit of its turns, of its time, by a signal, or with words nobody knows, is told apart', async () => {
    const turns = '{"type":"result","subtype":"error_max_turns","is_error":true,"num_turns":20,"usage":{}}'
    expect((await playWith('claude', { script: `echo '${turns}'; exit 1` })).outcome).toMatchObject({
      kind: 'limit',
      limit: 'turns',
    })
    const hang = 'echo "I begin with the parser."; sleep 60'
    expect(
      (await playWith('claude', { script: hang, budget: { turns: 1, tokens: 1, wallMs: 500 } })).outcome,
    ).toMatchObject({
      kind: 'limit',
      limit: 'wall',
      said: ['I begin with the parser.'],
    })
    expect((await playWith('codex', { script: 'kill -9 $$' })).outcome).toMatchObject({
      kind: 'unavailable',
      retryable: true,
    })
    const { outcome } = await playWith('codex', { script: 'printf "one\\ntwo\\nthree\\nfour\\nfive\\nsix\\n"; exit 1' })
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      message: '`codex` ended with exit code 1: six',
      said: ['two', 'three', 'four', 'five', 'six'],
    })
  })
})

describe('the environment of a preset', () => {
  it('passes a key by the name under which the program looks for it', () => {
    const { variables } = presetEnvironment({ preset: 'codex' }, { OPENAI_API_KEY: 'mine' })
    expect(variables['CODEX_API_KEY']).toBe('mine')
    expect(
      presetEnvironment({ preset: 'codex' }, { OPENAI_API_KEY: 'a', CODEX_API_KEY: 'b' }).variables['CODEX_API_KEY'],
    ).toBe('b')
  })

  it('does not let the repository decide where a key is sent', () => {
    const env = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://elsewhere', HTTPS_PROXY: 'http://proxy' }
    const found = presetEnvironment({ preset: 'claude' }, env, (name) => name !== 'ANTHROPIC_API_KEY')
    expect(found).toEqual({ variables: { ANTHROPIC_API_KEY: 'k' }, ignored: ['ANTHROPIC_BASE_URL', 'HTTPS_PROXY'] })
    expect(presetEnvironment({ preset: 'claude' }, env).variables).toEqual(env)
  })

  it('is empty without one', () => {
    expect(presetEnvironment({}, { ANTHROPIC_API_KEY: 'k' }).variables).toEqual({})
  })
})

it('what a program leaves in the worktree for itself is removed, what was there before is kept', async () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, '.aider.tags.cache.v3'))
  const script = `mkdir .aider.tags.cache.v4; echo x > .aider.conf.yml; cat '${recording('aider')}'`
  await playWith('aider', { directory, script })
  expect(existsSync(join(directory, '.aider.tags.cache.v4'))).toBe(false)
  expect(existsSync(join(directory, '.aider.tags.cache.v3'))).toBe(true)
  expect(existsSync(join(directory, '.aider.conf.yml'))).toBe(true)
})

it('news come while the program works', async () => {
  const directory = temporaryDirectory()
  const script = `echo '{"type":"item.completed","item":{"id":"i","type":"agent_message","text":"I read the code."}}'; for i in $(seq 200); do [ -e go ] && break; sleep 0.05; done; [ -e go ] && cat '${recording('codex')}'`
  const { outcome } = await playWith('codex', {
    directory,
    script,
    onProgress: (event) => {
      if (event.type === 'said' && event.summary === 'I read the code.') writeFileSync(join(directory, 'go'), '')
    },
  })
  expect(outcome.kind).toBe('reported')
})
