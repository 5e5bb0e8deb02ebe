/** Where a git process works. Nothing is discovered: git sees what is named here and nothing else. */
export interface GitPlace {
  readonly gitDir: string
  readonly workTree?: string
  readonly cwd: string
  /** Further `GIT_*` variables. */
  readonly env?: Readonly<Record<string, string>>
  /** Further `key=value` settings. */
  readonly config?: readonly string[]
  /** The environment that the allow-list picks from. Default: this process's own. */
  readonly from?: Environment
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Settings of every git process: no program that a repository's configuration names is run, nothing starts in the
 * background, and what was written is on the disk when git returns.
 *
 * `core.fsync`: objects, the indexes of packs and refs, because loose objects are deleted once they are packed; not
 * the indexes of checkouts, which can be made again. `batch` syncs many new objects at once and a single one at once.
 */
export const gitSettings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.fsync=committed,pack-metadata,reference',
  'core.fsyncMethod=batch',
  'core.quotePath=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'protocol.ext.allow=never',
  // git would write an extension into the user's configuration, and older versions refuse such a repository.
  'worktree.useRelativePaths=false',
]

const always = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USER', 'LOGNAME', 'TMPDIR', 'SYSTEMROOT']

/**
 * What git, ssh, curl and credential helpers need to log in to a remote as the user does: agents, askpass programs,
 * proxies, certificates, keyrings, settings given by variables (CI systems pass logins that way), and the tokens and
 * folders of the common helpers (`gh`, `glab`, Git Credential Manager, `pass`, Visual Studio Code).
 */
const forRemotes = [
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_ASKPASS',
  'GIT_PROXY_COMMAND',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_COUNT',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_SSL_CERT',
  'GIT_SSL_KEY',
  'GIT_SSL_NO_VERIFY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'GNUPGHOME',
  'PASSWORD_STORE_DIR',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GH_ENTERPRISE_TOKEN',
  'GH_HOST',
  'GH_CONFIG_DIR',
  'GITLAB_TOKEN',
  'GLAB_CONFIG_DIR',
]
const familiesForRemotes = /^(?:GIT_CONFIG_(?:KEY|VALUE)_\d+|VSCODE_GIT_\w+|GCM_\w+|(?:https?|all|no)_proxy)$/i

function isForRemotes(name: string): boolean {
  return always.includes(name) || forRemotes.includes(name) || familiesForRemotes.test(name)
}

/**
 * The environment of a git process, by allow-list: neither the `GIT_*` variables of a calling hook nor a secret that git
 * has no use for gets in. `talksToRemote` adds what a login needs; local commands never see it.
 */
export function gitEnvironment(from: Environment, talksToRemote = false): Record<string, string> {
  const allowed: Record<string, string> = {}
  // By name: a process's environment has to be asked for each of its values anew.
  const names = talksToRemote ? Object.keys(from).filter(isForRemotes) : always
  for (const name of names) {
    const value = from[name]
    if (value !== undefined) allowed[name] = value
  }
  return {
    ...allowed,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
}

/** The environment of a git process that works at `place`. */
export function placeEnvironment(place: GitPlace, talksToRemote = false): Record<string, string> {
  return {
    ...gitEnvironment(place.from ?? process.env, talksToRemote),
    GIT_DIR: place.gitDir,
    ...(place.workTree === undefined ? {} : { GIT_WORK_TREE: place.workTree }),
    ...place.env,
  }
}

/** The settings as arguments of git. */
export function settingArguments(...settings: readonly string[]): string[] {
  return [...gitSettings, ...settings].flatMap((setting) => ['-c', setting])
}
