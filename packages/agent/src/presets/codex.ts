import { at, countAt, objectIn, textAt } from './json-line.ts'
import type { Preset, StreamEvent, StreamReader } from './preset.ts'

/**
 * Codex CLI. Checked against version 0.171.0: `codex exec --help`, and sessions with a local server. Without a login it reads
 * CODEX_API_KEY alone, so a key under the name that most people have is passed by that name.
 */
export const codex: Preset = {
  program: 'codex',
  install: 'npm install -g @openai/codex',
  login: 'Run `codex login`, or set CODEX_API_KEY or OPENAI_API_KEY',
  prompt: 'stdin',
  version: ['--version'],
  variables: {
    keys: ['CODEX_API_KEY', 'OPENAI_API_KEY'],
    endpoints: ['OPENAI_BASE_URL'],
    settings: ['CODEX_HOME'],
    aliases: { CODEX_API_KEY: 'OPENAI_API_KEY' },
  },
  credentialFiles: ['.codex/auth.json'],
  arguments: ({ model, judges }) => [
    'exec',
    ...['--json', '--ephemeral', '--skip-git-repo-check'],
    ...(judges ? ['--sandbox', 'read-only'] : ['--dangerously-bypass-approvals-and-sandbox']),
    // Commands that the agent runs do not see the keys.
    ...['-c', 'shell_environment_policy.exclude=["CODEX_API_KEY","OPENAI_API_KEY"]'],
    ...(model === undefined ? [] : ['--model', model]),
    '-',
  ],
  reader,
  countsTokens: true,
  failures: [
    { words: /not logged in|run `?codex login|please log ?in|missing bearer/i, means: 'not-logged-in' },
    { words: /401 unauthorized|invalid x-api-key|incorrect api key|invalid_api_key/i, means: 'key-refused' },
    { words: /insufficient_quota|exceeded your current quota/i, means: 'no-credit' },
    { words: /429 too many requests|rate limit|usage limit/i, means: 'rate-limited' },
  ],
}

function reader(): StreamReader {
  return {
    read(line) {
      const event = objectIn(line)
      switch (textAt(event, 'type')) {
        case 'item.started':
          return eventsOfItem(at(event, 'item'), false)
        case 'item.completed':
          return eventsOfItem(at(event, 'item'), true)
        case 'turn.completed':
          return [usageOf(at(event, 'usage')), { type: 'succeeded' }]
        case 'turn.failed':
          return [{ type: 'error', message: textAt(event, 'error', 'message') ?? 'the turn failed' }]
        case 'error':
          return [{ type: 'error', message: textAt(event, 'message') ?? 'error' }]
        case undefined:
          return undefined
        default:
          return []
      }
    },
  }
}

/** A message comes when it is complete, what it does when it begins. An item of type `error` is a warning. */
function eventsOfItem(item: unknown, isComplete: boolean): readonly StreamEvent[] {
  const type = textAt(item, 'type') ?? ''
  if (type === 'agent_message') return isComplete ? [{ type: 'text', text: textAt(item, 'text') ?? '' }] : []
  if (type === 'command_execution')
    return isComplete ? [] : [{ type: 'tool', name: 'command', about: textAt(item, 'command') ?? '' }]
  if (type === 'file_change') return isComplete ? [{ type: 'tool', name: 'edit', about: changedIn(item) }] : []
  if (type === 'mcp_tool_call')
    return isComplete
      ? []
      : [{ type: 'tool', name: textAt(item, 'tool') ?? 'tool', about: textAt(item, 'server') ?? '' }]
  if (type === 'web_search')
    return isComplete ? [{ type: 'tool', name: 'search', about: textAt(item, 'query') ?? '' }] : []
  return []
}

function changedIn(item: unknown): string {
  const changes = at(item, 'changes')
  return Array.isArray(changes) ? changes.map((change) => textAt(change, 'path') ?? '').join(', ') : ''
}

/** Input includes what came from the cache. */
function usageOf(usage: unknown): StreamEvent {
  const cacheRead = countAt(usage, 'cached_input_tokens')
  const cacheWrite = countAt(usage, 'cache_write_input_tokens')
  const input = Math.max(0, countAt(usage, 'input_tokens') - cacheRead - cacheWrite)
  return {
    type: 'usage',
    of: 'session',
    tokens: { input, output: countAt(usage, 'output_tokens'), cacheRead, cacheWrite },
  }
}
