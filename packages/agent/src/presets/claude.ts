import { at, countAt, objectIn, textAt } from './json-line.ts'
import { eventsOfMessage } from './messages.ts'
import type { Preset, StreamEvent, StreamReader, StreamTokens } from './preset.ts'

/**
 * Claude Code. Checked against version 2.1.197: its `--help`, and sessions with a local server (`--max-turns` is not in `--help`).
 * `--dangerously-skip-permissions` is refused for root, which is whom containers run as; so edits are accepted and the
 * tools that need a permission are named.
 */
export const claude: Preset = {
  program: 'claude',
  install: 'npm install -g @anthropic-ai/claude-code',
  login: 'Run `claude` and log in, or set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN (from `claude setup-token`)',
  prompt: 'stdin',
  version: ['--version'],
  variables: {
    keys: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'],
    endpoints: ['ANTHROPIC_BASE_URL'],
    settings: ['CLAUDE_CONFIG_DIR'],
  },
  credentialFiles: ['.claude/.credentials.json'],
  arguments: ({ model, judges, turns }) => [
    '-p',
    ...['--output-format', 'stream-json', '--verbose', '--no-session-persistence'],
    ...['--permission-mode', 'acceptEdits'],
    ...[
      '--allowedTools',
      judges ? 'Bash,Read,WebFetch,WebSearch' : 'Bash,Edit,Read,Write,NotebookEdit,WebFetch,WebSearch',
    ],
    ...(judges ? ['--disallowedTools', 'Edit,Write,NotebookEdit'] : []),
    ...['--max-turns', String(turns)],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: true,
  failures: [
    { words: /not logged in|please run \/login|oauth token (?:has )?expired/i, means: 'not-logged-in' },
    { words: /invalid (?:api key|x-api-key)|authentication_error|invalid bearer token/i, means: 'key-refused' },
    { words: /credit balance is too low/i, means: 'no-credit' },
    {
      words:
        /\(429\)|rate limit|(?:usage|hour|daily|weekly|session|opus|sonnet) limit reached|hit your (?:\w+ )?limit/i,
      means: 'rate-limited',
    },
  ],
}

function reader(): StreamReader {
  // A message comes once for each of its blocks, each time with the usage of the whole.
  let message: string | undefined
  return {
    read(line) {
      const event = objectIn(line)
      switch (textAt(event, 'type')) {
        case 'assistant': {
          const id = textAt(event, 'message', 'id')
          const isNew = id !== message
          message = id
          const usage: StreamEvent = { type: 'usage', of: 'turn', tokens: tokensOf(at(event, 'message', 'usage')) }
          return [...eventsOfMessage(at(event, 'message')), ...(isNew ? [usage] : [])]
        }
        case 'result':
          return eventsOfResult(event)
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}

function eventsOfResult(event: object | undefined): readonly StreamEvent[] {
  const text = textAt(event, 'result') ?? ''
  const turns = countAt(event, 'num_turns')
  const end: StreamEvent =
    textAt(event, 'subtype') === 'error_max_turns'
      ? { type: 'turn-limit' }
      : textAt(event, 'stop_reason') === 'refusal'
        ? { type: 'refused', message: text }
        : at(event, 'is_error') === true
          ? { type: 'error', message: text || (textAt(event, 'subtype') ?? 'error') }
          : { type: 'succeeded' }
  return [
    { type: 'usage', of: 'session', tokens: tokensOf(at(event, 'usage')) },
    ...(turns > 0 ? [{ type: 'turns', turns } as const] : []),
    ...(text === '' ? [] : [{ type: 'final', text } as const]),
    end,
  ]
}

function tokensOf(usage: unknown): StreamTokens {
  return {
    input: countAt(usage, 'input_tokens'),
    output: countAt(usage, 'output_tokens'),
    cacheRead: countAt(usage, 'cache_read_input_tokens'),
    cacheWrite: countAt(usage, 'cache_creation_input_tokens'),
  }
}
