import { aboutCall, at, objectIn, textAt } from './json-line.ts'
import type { Preset, StreamEvent, StreamReader } from './preset.ts'

const keys = [
  'COPILOT_GITHUB_TOKEN',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'COPILOT_PROVIDER_API_KEY',
  'COPILOT_PROVIDER_BEARER_TOKEN',
] as const

/** GitHub Copilot CLI. Checked against version 1.0.102: its `--help`, and sessions with a local server. It counts requests, not tokens. */
export const copilot: Preset = {
  program: 'copilot',
  install: 'npm install -g @github/copilot',
  login: 'Run `copilot login`, or set COPILOT_GITHUB_TOKEN',
  prompt: 'stdin',
  version: ['--version'],
  variables: {
    keys,
    endpoints: ['COPILOT_PROVIDER_BASE_URL', 'COPILOT_GH_HOST', 'GH_HOST'],
    settings: [
      'COPILOT_HOME',
      'COPILOT_MODEL',
      'COPILOT_OFFLINE',
      'COPILOT_PROVIDER_TYPE',
      'COPILOT_PROVIDER_WIRE_API',
    ],
  },
  credentialFiles: ['.copilot/config.json', '.config/gh/hosts.yml'],
  arguments: ({ model, judges }) => [
    ...['--output-format', 'json', '--no-color', '--no-auto-update', '--no-ask-user'],
    '--allow-all-tools',
    ...(judges ? ['--deny-tool=write'] : []),
    // Commands that the agent runs do not see the keys.
    `--secret-env-vars=${keys.join(',')}`,
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: false,
  failures: [
    { words: /no authentication information found/i, means: 'not-logged-in' },
    { words: /authentication failed|bad credentials|HTTP 401/i, means: 'key-refused' },
    { words: /quota exceeded|no premium requests|credits? (?:limit|exhausted)/i, means: 'no-credit' },
    { words: /rate limit|too many requests|HTTP 429/i, means: 'rate-limited' },
  ],
}

function reader(): StreamReader {
  return {
    read(line) {
      const event = objectIn(line)
      const data = at(event, 'data')
      switch (textAt(event, 'type')) {
        case 'assistant.message': {
          const text = textAt(data, 'content') ?? ''
          return text === '' ? [] : [{ type: 'text', text }]
        }
        case 'tool.execution_start':
          return [{ type: 'tool', name: textAt(data, 'toolName') ?? 'tool', about: aboutCall(at(data, 'arguments')) }]
        case 'session.error':
          return [{ type: 'error', message: textAt(data, 'message') ?? 'error' }]
        case 'result':
          return endOf(event)
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}

/** Where it failed, the error was an event before. */
function endOf(event: object | undefined): readonly StreamEvent[] {
  return at(event, 'exitCode') === 0 ? [{ type: 'succeeded' }] : []
}
