/** What each setting may look like, as it is written in the front matter: for hints, and for editors. */
export const SETTING_EXAMPLES: Readonly<Record<string, string>> = {
  name: 'name: ledger',
  agent: 'agent: { driver: anthropic, model: claude-sonnet-5-5 }',
  'agent.driver': 'driver: anthropic',
  'agent.preset': 'preset: claude',
  'agent.model': 'model: claude-sonnet-5-5',
  'agent.command': 'command: "claude -p"',
  'agent.rehearsal': 'rehearsal: .spec/score.yaml',
  agents: 'agents: { fix-executor: { driver: anthropic, model: claude-sonnet-5-5 } }',
  budget: 'budget: { turns: 60, tokens: 2000000, wall: 30m }',
  'budget.turns': 'turns: 60',
  'budget.tokens': 'tokens: 2000000',
  'budget.wall': 'wall: 30m',
  prices: 'prices: { claude-sonnet-5-5: { input: 3, output: 15 } }',
  'prices.currency': 'currency: EUR',
  concurrency: 'concurrency: 4',
  setup: 'setup: npm ci',
  'setup.command': 'command: npm ci',
  'setup.inputs': 'inputs: [tools/versions.txt]',
  setupCache: 'setupCache: 5GB',
  lint: 'lint: npm run lint',
  'lint.command': 'command: npm run lint',
  'lint.scope': 'scope: changed',
  advice: 'advice: false',
  gates: 'gates: [{ name: types, command: npx tsc --noEmit }]',
  'gates.name': 'name: types',
  review: 'review: final',
  'review.when': 'when: final',
  'review.severity': 'severity: major',
  audit: 'audit: final',
  'audit.when': 'when: final',
  'audit.severity': 'severity: major',
  criteria: 'criteria: judged',
  rounds: 'rounds: 3',
  failFast: 'failFast: false',
  pool: 'pool: true',
  tools: 'tools: [node]',
  env: 'env: [CI]',
  testTimeout: 'testTimeout: 10m',
  redis: 'redis: redis://127.0.0.1:6379',
  'redis.url': 'url: redis://127.0.0.1:6379',
  'redis.mode': 'mode: preferred',
  remote: 'remote: origin',
  phases: 'phases: { 2: { approval: required } }',
}

/** What to write for a setting, by its path; undefined for one that is none. */
export function exampleOf(key: string): string | undefined {
  const role = key.replace(/^agents\.[a-z-]+/, 'agent')
  const named = key.match(/^gates\.[^.]+(?:\.(command|when))?$/)
  if (named !== null && SETTING_EXAMPLES[key] === undefined)
    return named[1] === 'when'
      ? 'when: each'
      : named[1] === 'command'
        ? 'command: npx tsc --noEmit'
        : SETTING_EXAMPLES['gates']
  if (/^phases\.[^.]+$/.test(key)) return `${key.slice('phases.'.length)}: { approval: required }`
  return SETTING_EXAMPLES[role === 'agent' ? 'agent' : role]
}
