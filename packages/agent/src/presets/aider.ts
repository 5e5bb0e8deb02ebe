import type { Preset, StreamEvent, StreamReader } from './preset.ts'

/**
 * aider. Not installed for this: its options are as the reference of version 0.86 has them. It has no JSON output, and runs no shell
 * commands without a person, whatever it is told. Its history would become part of the work, so it is not written.
 */
export const aider: Preset = {
  program: 'aider',
  install: 'python -m pip install aider-install && aider-install',
  login: 'Set the key of your provider, such as OPENAI_API_KEY or ANTHROPIC_API_KEY',
  prompt: 'file',
  version: ['--version'],
  variables: {
    keys: [
      'OPENAI_API_KEY',
      'ANTHROPIC_API_KEY',
      'GEMINI_API_KEY',
      'DEEPSEEK_API_KEY',
      'OPENROUTER_API_KEY',
      'GROQ_API_KEY',
      'XAI_API_KEY',
      'MISTRAL_API_KEY',
      'AZURE_API_KEY',
    ],
    endpoints: ['OPENAI_API_BASE', 'OLLAMA_API_BASE', 'AZURE_API_BASE'],
    settings: ['AIDER_MODEL', 'AZURE_API_VERSION'],
  },
  credentialFiles: ['.aider.conf.yml', '.env'],
  // Its index of the repository.
  leaves: /^\.aider\.tags\.cache\.v\d+$/,
  arguments: ({ model, judges, promptFile }) => [
    ...['--message-file', promptFile, '--yes-always'],
    ...['--no-auto-commits', '--no-dirty-commits', '--no-gitignore'],
    ...['--input-history-file', '/dev/null', '--chat-history-file', '/dev/null'],
    ...['--no-stream', '--no-pretty', '--no-fancy-input', '--no-suggest-shell-commands', '--no-detect-urls'],
    ...['--no-check-update', '--no-show-release-notes', '--no-show-model-warnings', '--analytics-disable'],
    ...(judges ? ['--chat-mode', 'ask'] : []),
    ...(model === undefined ? [] : ['--model', model]),
  ],
  reader,
  countsTokens: true,
  failures: [
    {
      words: /no llm model was specified and no api keys were provided|api key.*(?:missing|not set)/i,
      means: 'not-logged-in',
    },
    { words: /AuthenticationError|invalid x-api-key|incorrect api key/i, means: 'key-refused' },
    { words: /insufficient_quota|credit balance is too low/i, means: 'no-credit' },
    { words: /RateLimitError|rate limit|too many requests/i, means: 'rate-limited' },
  ],
}

const report =
  /^Tokens: ([\d.,]+[kM]?) sent(?:, ([\d.,]+[kM]?) cache write)?(?:, ([\d.,]+[kM]?) cache hit)?, ([\d.,]+[kM]?) received/

/** Its output is text: every line is the agent's, but for the counts, which are rounded, and errors of the service. */
function reader(): StreamReader {
  return {
    read(line): readonly StreamEvent[] {
      const [, sent, written = '0', hit = '0', received = '0'] = report.exec(line) ?? []
      if (sent !== undefined) {
        const tokens = {
          input: Math.max(0, countOf(sent) - countOf(hit)),
          output: countOf(received),
          cacheRead: countOf(hit),
          cacheWrite: countOf(written),
        }
        return [{ type: 'usage', of: 'turn', tokens }]
      }
      if (/^litellm\.\w+Error/.test(line)) return [{ type: 'error', message: line }]
      return [{ type: 'text', text: `${line}\n`, isPart: true }]
    },
  }
}

function countOf(written: string): number {
  const unit = written.endsWith('k') ? 1_000 : written.endsWith('M') ? 1_000_000 : 1
  return Math.round(Number.parseFloat(written.replaceAll(',', '')) * unit)
}
