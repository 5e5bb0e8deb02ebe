import { hasLogin, isSecretName } from './secrets.ts'

const always = ['PATH', 'HOME', 'LANG', 'TZ', 'TERM', 'TMPDIR', 'USER', 'SHELL', 'LC_*'] as const

/** What steers Nx, git and Node from outside. */
const steering = /^REDIS_URL$|^NX_|^GIT_|^ANTHROPIC_|^NODE_OPTIONS$/i

/** Never passed at all: an agent's shell has no use for the key the agent is paid with. */
const forbidden: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

/** Whether a variable passes only when it is named in full. */
function isSensitive(name: string, value: string): boolean {
  return steering.test(name) || isSecretName(name) || hasLogin(value)
}

/**
 * The environment that commands of agents and tests see. Of `env` it keeps `PATH`, `HOME`, `LANG`, `LC_*`, `TZ`, `TERM`,
 * `TMPDIR`, `USER`, `SHELL` and what `allow` names; an entry of `allow` may end in `*`. Variables that hold secrets
 * or steer Nx, git or Node pass only when named in full, and the Anthropic credentials never.
 */
export function filterEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  allow: readonly string[],
): Record<string, string> {
  const names = [...always, ...allow]
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || forbidden.includes(name.toUpperCase())) continue
    const named = names.includes(name)
    const matched = names.some((entry) => entry.endsWith('*') && name.startsWith(entry.slice(0, -1)))
    if (named || (matched && !isSensitive(name, value))) kept[name] = value
  }
  return kept
}
