import { aboutCall, at, countAt, objectIn, textAt } from './json-line.ts'
import type { Preset, StreamReader } from './preset.ts'

/** OpenCode. Checked against version 1.18.33: `opencode run --help`, and sessions with a local server. A model is written `provider/model`. */
export const opencode: Preset = {
  program: 'opencode',
  install: 'npm install -g opencode-ai',
  login: 'Run `opencode auth login`, or set the key of your provider, such as ANTHROPIC_API_KEY',
  prompt: 'stdin',
  version: ['--version'],
  variables: {
    keys: [
      'OPENCODE_API_KEY',
      'ANTHROPIC_API_KEY',
      'OPENAI_API_KEY',
      'GEMINI_API_KEY',
      'GOOGLE_GENERATIVE_AI_API_KEY',
      'OPENROUTER_API_KEY',
      'GROQ_API_KEY',
      'XAI_API_KEY',
      'DEEPSEEK_API_KEY',
      'MISTRAL_API_KEY',
    ],
    endpoints: [],
    settings: ['OPENCODE_CONFIG', 'OPENCODE_CONFIG_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'],
  },
  credentialFiles: ['.local/share/opencode/auth.json'],
  arguments: ({ model, judges }) => [
    'run',
    ...['--format', 'json', '--auto'],
    ...(judges ? ['--agent', 'plan'] : []),
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: true,
  failures: [
    { words: /no providers? (?:is |are )?(?:configured|found)|auth login|ProviderAuthError/i, means: 'not-logged-in' },
    { words: /invalid (?:x-)?api[- ]key|incorrect api key|authentication_error|unauthorized/i, means: 'key-refused' },
    { words: /rate[ _]limit|too many requests|\b429\b/i, means: 'rate-limited' },
  ],
}

function reader(): StreamReader {
  return {
    read(line) {
      const event = objectIn(line)
      const part = at(event, 'part')
      switch (textAt(event, 'type')) {
        case 'text':
          return [{ type: 'text', text: textAt(part, 'text') ?? '' }]
        case 'tool_use':
          return [{ type: 'tool', name: textAt(part, 'tool') ?? 'tool', about: aboutCall(at(part, 'state', 'input')) }]
        case 'step_finish': {
          const tokens = {
            input: countAt(part, 'tokens', 'input'),
            output: countAt(part, 'tokens', 'output') + countAt(part, 'tokens', 'reasoning'),
            cacheRead: countAt(part, 'tokens', 'cache', 'read'),
            cacheWrite: countAt(part, 'tokens', 'cache', 'write'),
          }
          const usage = { type: 'usage', of: 'turn', tokens } as const
          return textAt(part, 'reason') === 'stop' ? [usage, { type: 'succeeded' }] : [usage]
        }
        case 'error': {
          const name = textAt(event, 'error', 'name') ?? 'error'
          const message = textAt(event, 'error', 'data', 'message') ?? textAt(event, 'error', 'message')
          return [{ type: 'error', message: message === undefined ? name : `${name}: ${message}` }]
        }
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}
