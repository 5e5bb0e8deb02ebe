/** Where git works and with which settings; nothing of it comes from the caller's `GIT_*` variables. */
export interface GitPlace {
  /** The repository's common git directory, absolute. */
  readonly commonDir: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The environment of every git we start: no `GIT_*` inherited, no prompt, answers in English. */
export function gitEnvironment(place: GitPlace): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(place.env)) {
    if (value !== undefined && !name.startsWith('GIT_')) env[name] = value
  }
  return {
    ...env,
    LC_ALL: 'C',
    GIT_DIR: place.commonDir,
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
}

/**
 * Settings for every git we start: no hook and no automatic gc runs, what is written survives a power cut, and no ref of
 * ours grows a reflog.
 */
export const gitSettings: readonly string[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsync', 'all'],
  ['core.logAllRefUpdates', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.ext.allow', 'never'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`])
