import { aboutCall, at, objectIn, textAt } from './json-line.ts'
import { eventsOfMessage } from './messages.ts'
import type { Preset, StreamEvent, StreamReader } from './preset.ts'

/**
 * Cursor CLI. Not installed for this: its flags, stream format and prompt on standard input are as its documentation of version
 * 2026.01.28 and people who recorded that version have them.
 */
export const cursorAgent: Preset = {
  program: 'cursor-agent',
  install: 'curl https://cursor.com/install -fsS | bash',
  login: 'Run `cursor-agent login`, or set CURSOR_API_KEY',
  prompt: 'stdin',
  version: ['--version'],
  variables: { keys: ['CURSOR_API_KEY'], endpoints: [], settings: ['XDG_CONFIG_HOME'] },
  credentialFiles: ['.config/cursor/auth.json'],
  arguments: ({ model, judges }) => [
    ...['--print', '--output-format', 'stream-json', '--trust'],
    ...(judges ? ['--mode', 'ask'] : ['--force']),
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: false,
  failures: [
    { words: /not logged in|authentication required|run ['"`]?(?:cursor-)?agent login/i, means: 'not-logged-in' },
    { words: /invalid api key|api key is invalid|unauthorized/i, means: 'key-refused' },
    { words: /rate limit|usage limit|resource_exhausted|too many requests/i, means: 'rate-limited' },
  ],
}

function reader(): StreamReader {
  return {
    read(line) {
      const event = objectIn(line)
      switch (textAt(event, 'type')) {
        case 'assistant':
          return eventsOfMessage(at(event, 'message'))
        case 'tool_call':
          return textAt(event, 'subtype') === 'started' ? [toolOf(at(event, 'tool_call'))] : []
        case 'result': {
          const text = textAt(event, 'result') ?? ''
          if (at(event, 'is_error') === true) return [{ type: 'error', message: text || 'the session failed' }]
          // It joins all that the agent said; the last message is the end of it.
          return [{ type: 'succeeded' }]
        }
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}

/** `{ readToolCall: { args: { path } } }`, or `{ function: { name, arguments } }` for tools of servers. */
function toolOf(call: unknown): StreamEvent {
  const [key = 'tool'] = typeof call === 'object' && call !== null ? Object.keys(call) : []
  const own = at(call, key)
  const name = key === 'function' ? (textAt(own, 'name') ?? 'tool') : key.replace(/ToolCall$/, '')
  return { type: 'tool', name, about: aboutCall(at(own, 'args')) }
}
