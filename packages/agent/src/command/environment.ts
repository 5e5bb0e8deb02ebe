const always = ['PATH', 'HOME', 'LANG', 'TZ', 'TERM', 'TMPDIR', 'USER', 'SHELL', 'LC_*'] as const

/** Never handed on because a pattern fits: secrets, and what steers Nx, git and Node from outside. */
const sensitive = /_KEY$|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|^REDIS_URL$|^NX_|^GIT_|^ANTHROPIC_|^NODE_OPTIONS$/i

/** Never handed on at all: an agent's shell has no use for the key the agent is paid with. */
const forbidden: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

/**
 * The environment that commands of agents and tests see. Of `env` it keeps `PATH`, `HOME`, `LANG`, `LC_*`, `TZ`, `TERM`,
 * `TMPDIR`, `USER`, `SHELL` and what `allow` names; an entry of `allow` may end in `*`. Variables that look like secrets
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
    if (named || (matched && !sensitive.test(name))) kept[name] = value
  }
  return kept
}
