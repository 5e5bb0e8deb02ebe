import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'

const read = (settings: string) => compile(`---\n${settings}\n---\n## Phases\n\n### Phase 1: A\n- a\n`)
const found = (settings: string) =>
  read(settings)
    .diagnostics.filter(({ severity }) => severity !== 'info')
    .map(({ code, message, hint, range }) => ({ code, message, hint, line: range.start.line }))

describe('an agent with a preset', () => {
  test.each([
    ['{ driver: command, preset: claude }', { driver: 'command', preset: 'claude' }],
    ['{ preset: codex, model: gpt-5 }', { driver: 'command', preset: 'codex', model: 'gpt-5' }],
    [
      '{ driver: command, preset: cursor-agent, command: /opt/bin/agent }',
      { driver: 'command', preset: 'cursor-agent', command: '/opt/bin/agent' },
    ],
  ])('%s is read', (text, expected) => {
    const { settings } = read(`agent: ${text}`)
    expect(settings.agent).toEqual(expected)
    expect(found(`agent: ${text}`)).toEqual([])
  })

  test('may play one role, in the settings and in a phase', () => {
    expect(read('agents: { code-reviewer: { preset: gemini } }').settings.agents).toEqual({
      'code-reviewer': { driver: 'command', preset: 'gemini' },
    })
    const plan = compile('## Phases\n\n### Phase 1: A\n- a\n\nAgents:\n- fix-executor: { preset: aider }\n')
    expect(plan.phases[0]?.agents).toEqual({ 'fix-executor': { driver: 'command', preset: 'aider' } })
  })

  test.each([
    ['cluade', 'did you mean "claude"?'],
    ['claude-code', 'did you mean "claude"?'],
    ['cursor', 'did you mean "cursor-agent"?'],
    ['bash', 'presets are: claude, codex, gemini, opencode, aider, cursor-agent, copilot'],
  ])('that is called %s is an error at its line, with a suggestion', (name, hint) => {
    expect(found(`name: x\nagent: { driver: command, preset: ${name} }`)).toEqual([
      { code: 'wrong-type', message: `agent.preset: "${name}" is no preset`, hint, line: 3 },
    ])
  })

  test('does not go with the driver of the Messages API', () => {
    expect(found('agent: { driver: anthropic, preset: claude }')).toMatchObject([
      { code: 'wrong-type', message: 'agent has the driver "anthropic", which has no presets' },
    ])
  })

  test('or a command is what the driver "command" needs', () => {
    expect(found('agent: { driver: command }')).toMatchObject([
      { message: 'agent has the driver "command", but neither a preset nor a command' },
    ])
  })
})

describe('env', () => {
  test.each(['[CI, ANTHROPIC_API_KEY]', 'ANTHROPIC_AUTH_TOKEN'])(
    'that names the key of the Messages API is told that it is not passed: %s',
    (names) => {
      expect(found(`env: ${names}`)).toMatchObject([
        {
          code: 'variable-not-passed',
          message: expect.stringMatching(/^env: ANTHROPIC_\w+ is not passed: /),
          hint: expect.stringContaining('preset: claude'),
          line: 2,
        },
      ])
    },
  )

  test('may name any other variable', () => {
    expect(found('env: [CI, OPENAI_API_KEY]')).toEqual([])
  })
})
