import { aboutCall, at, countAt, objectIn, textAt } from './json-line.ts'
import type { Preset, StreamReader } from './preset.ts'

/** Gemini CLI. Checked against version 0.61.0: its `--help`, and sessions with a local server. Its plan mode has no tool that runs commands. */
export const gemini: Preset = {
  program: 'gemini',
  install: 'npm install -g @google/gemini-cli',
  login: 'Run `gemini` and log in, or set GEMINI_API_KEY',
  prompt: 'stdin',
  version: ['--version'],
  variables: {
    keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    endpoints: ['GOOGLE_GEMINI_BASE_URL', 'GOOGLE_VERTEX_BASE_URL'],
    settings: [
      'GOOGLE_APPLICATION_CREDENTIALS',
      'GOOGLE_CLOUD_PROJECT',
      'GOOGLE_CLOUD_LOCATION',
      'GOOGLE_GENAI_USE_VERTEXAI',
      'GOOGLE_GENAI_USE_GCA',
    ],
  },
  credentialFiles: ['.gemini/oauth_creds.json'],
  arguments: ({ model, judges }) => [
    ...['--output-format', 'stream-json', '--skip-trust'],
    ...['--approval-mode', judges ? 'plan' : 'yolo'],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: true,
  failures: [
    { words: /please set an auth method|invalid auth method/i, means: 'not-logged-in' },
    { words: /api key not valid|api_key_invalid|unauthenticated/i, means: 'key-refused' },
    {
      words: /resource_exhausted|quota exceeded|exhausted your (?:capacity|daily quota)|\b429\b/i,
      means: 'rate-limited',
    },
  ],
}

function reader(): StreamReader {
  return {
    read(line) {
      const event = objectIn(line)
      switch (textAt(event, 'type')) {
        case 'message': {
          if (textAt(event, 'role') !== 'assistant') return []
          const text = textAt(event, 'content') ?? ''
          return [at(event, 'delta') === true ? { type: 'text', text, isPart: true } : { type: 'text', text }]
        }
        case 'tool_use': {
          const name = textAt(event, 'tool_name') ?? 'tool'
          return [{ type: 'tool', name, about: aboutCall(at(event, 'parameters')) }]
        }
        case 'error':
          return textAt(event, 'severity') === 'warning'
            ? []
            : [{ type: 'error', message: textAt(event, 'message') ?? 'error' }]
        case 'result':
          return [usageOf(at(event, 'stats')), endOf(event)]
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}

function endOf(event: object | undefined) {
  return textAt(event, 'status') === 'success'
    ? ({ type: 'succeeded' } as const)
    : ({ type: 'error', message: textAt(event, 'error', 'message') ?? 'the session failed' } as const)
}

/** Input includes what came from the cache. */
function usageOf(stats: unknown) {
  const cacheRead = countAt(stats, 'cached')
  const input = Math.max(0, countAt(stats, 'input_tokens') - cacheRead)
  const output = countAt(stats, 'output_tokens')
  return { type: 'usage', of: 'session', tokens: { input, output, cacheRead, cacheWrite: 0 } } as const
}
