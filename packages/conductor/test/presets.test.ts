import { filterEnvironment, presets } from '@nx-conduct/agent'
import { AGENT_PRESETS, NEVER_PASSED } from '@nx-conduct/spec'
import { afterEach, expect, test } from 'vitest'
import { specWith } from './rig/spec.ts'
import { Workspace } from './rig/workspace.ts'

let workspace: Workspace | undefined
afterEach(async () => {
  await workspace?.remove()
  workspace = undefined
})

const line = (text: string) =>
  JSON.stringify({
    type: 'assistant',
    message: { id: text, content: [{ type: 'text', text }], usage: { input_tokens: 700, output_tokens: 34 } },
  })
const result = (more: object) =>
  JSON.stringify({
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 3,
    usage: { input_tokens: 1_200, output_tokens: 34 },
    ...more,
  })
const report = '```json\n{"built":"a","tests":"b","issues":[]}\n```'
/** Prints lines of a stream, whatever is in them. */
const print = (...lines: string[]) => lines.map((each) => `cat <<'END'\n${each}\nEND`).join('\n')

test('the presets of the spec are those of the agent package, and the keys that the spec warns of are never passed', () => {
  expect(Object.keys(presets)).toEqual(AGENT_PRESETS)
  const env = Object.fromEntries(NEVER_PASSED.map((name) => [name, 'x']))
  expect(filterEnvironment(env, [...NEVER_PASSED])).toEqual({})
})

test("a preset's key reaches its program alone: no other agent, no setup and no test", async () => {
  workspace = await Workspace.with({
    spec: specWith(
      'agent: { preset: claude }\nagents: { code-reviewer: { driver: command, command: agent } }\nreview: { when: each, severity: major }\naudit: off\nsetup: { command: test -z "$ANTHROPIC_API_KEY", inputs: [input.txt] }',
      ['One', '- a', 'Test Command: grep -qx yes phase-1.txt && test -z "$ANTHROPIC_API_KEY$ANTHROPIC_BASE_URL"'],
    ),
    files: { 'input.txt': 'x', '.env': 'ANTHROPIC_BASE_URL=http://elsewhere' },
    agents: {
      review:
        'test -z "$ANTHROPIC_API_KEY" || exit 9; echo \'{"verdict":"approve","summary":"fine","findings":[],"criteria":[]}\'',
    },
  })
  await workspace.agents.program(
    'claude',
    `cat > /dev/null
[ -z "$ANTHROPIC_BASE_URL" ] || exit 8
[ "$ANTHROPIC_API_KEY" = the-key-of-the-user ] && echo yes > phase-1.txt
echo "the key is $ANTHROPIC_API_KEY"
${print(line('I write it.'), result({ result: report }))}`,
  )
  const run = await workspace.conduct({
    env: { ANTHROPIC_API_KEY: 'the-key-of-the-user', ANTHROPIC_BASE_URL: 'http://elsewhere' },
  })
  expect(run.failures, run.text).toEqual([])
  expect(run.notices).toContain('base-url-ignored')
  expect(run.text).toContain('implementation-executor on claude')
  expect(run.text).toMatch(/implementation-executor reported: 3 turns, 1\.2k tokens/)
  const transcript = await workspace.read('.conduct/spec/1/implement/one/transcript.jsonl')
  expect(transcript).toContain('the key is [redacted]')
  expect(transcript + run.text).not.toContain('the-key-of-the-user')
})

test('a program that is not logged in is named with the phase, its words, the transcript and what to do', async () => {
  workspace = await Workspace.with({
    spec: specWith('agent: { preset: claude }', ['One', '- a', 'Test Command: true']),
  })
  await workspace.agents.program(
    'claude',
    `${print(line('Not logged in · Please run /login'), result({ is_error: true, result: 'Not logged in · Please run /login' }))}
exit 1`,
  )
  const run = await workspace.conduct()
  expect(run.failures).toMatchObject([
    {
      id: '1/implement/one',
      reason: 'agent-unavailable',
      message: [
        '`claude` is not logged in (phase 1, module one)',
        '  it said   Not logged in · Please run /login',
        '  transcript .conduct/spec/1/implement/one/transcript.jsonl',
      ].join('\n'),
      hint: expect.stringMatching(/^Run `claude` and log in, .* then run: npx nx run spec:conduct$/),
    },
  ])
})
