import { join } from 'node:path'
import { execa } from 'execa'
import type { Repository } from './contract.ts'
import { GitCommandError, GitError } from './error.ts'

/** Where a git process works. Nothing is discovered: what is not named here, git does not see. */
export interface GitPlace {
  readonly gitDir: string
  readonly workTree?: string
  readonly cwd: string
  /** Further `GIT_*` variables. */
  readonly env?: Readonly<Record<string, string>>
  /** Further `-c key=value` settings. */
  readonly config?: readonly string[]
}

export interface GitRun {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly config?: readonly string[]
  /** Exit codes that are answers; others throw. Default: 0 alone. */
  readonly exits?: readonly number[]
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly bytes: Uint8Array
  readonly stderr: string
}

/**
 * Settings under which no program named in a repository's configuration runs beside git, nothing starts in the
 * background, and what was written is on the disk when git returns.
 */
export const HARDENING: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.fsync=committed,reference',
  'core.fsyncMethod=batch',
  'core.quotePath=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'protocol.ext.allow=never',
  // Written into the user's configuration as an extension, it would make older git refuse the repository.
  'worktree.useRelativePaths=false',
]

const PASSED_ON = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USER', 'LOGNAME', 'TMPDIR', 'SYSTEMROOT']

/** The environment of every git process: an allow-list, so that neither `GIT_*` of a calling hook nor a secret gets in. */
export function gitEnvironment(from: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const clean: Record<string, string> = {
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
  for (const name of PASSED_ON) {
    const value = from[name]
    if (value !== undefined) clean[name] = value
  }
  return clean
}

/** The place of the user's own checkout. */
export function placeOf(repo: Repository): GitPlace {
  return { gitDir: repo.gitDir, workTree: repo.root, cwd: repo.root }
}

/** The same place without its index: git reads one also to compare two trees, and would fail where the user's is damaged. */
export function withoutIndex(place: GitPlace): GitPlace {
  return { ...place, env: { ...place.env, GIT_INDEX_FILE: join(place.gitDir, 'nx-conduct.no-index') } }
}

/** Variables that bind git to `place`. */
export function placeEnvironment(place: GitPlace): Record<string, string> {
  return {
    GIT_DIR: place.gitDir,
    ...(place.workTree === undefined ? {} : { GIT_WORK_TREE: place.workTree }),
    ...place.env,
  }
}

/** Runs git and gives its answer. Throws {@link GitCommandError} when the exit code is none of `options.exits`. */
export async function git(place: GitPlace, args: readonly string[], options: GitRun = {}): Promise<GitResult> {
  const config = [...HARDENING, ...(place.config ?? []), ...(options.config ?? [])]
  const result = await spawnGit(place.cwd, [...config.flatMap((entry) => ['-c', entry]), ...args], {
    env: { ...placeEnvironment(place), ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  })
  if (!(options.exits ?? [0]).includes(result.exitCode)) {
    throw new GitCommandError(args, result.exitCode, result.stderr, place.cwd)
  }
  return result
}

/** The first line of what git answers. */
export async function gitLine(place: GitPlace, args: readonly string[], options: GitRun = {}): Promise<string> {
  return firstLine((await git(place, args, options)).stdout)
}

export function firstLine(text: string): string {
  const end = text.indexOf('\n')
  return end === -1 ? text : text.slice(0, end)
}

/** The fields of a `-z` answer. */
export function fields(text: string): string[] {
  const parts = text.split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}

/** Runs git as named, without a place; throws {@link GitError} only when the program could not run to its end. */
export async function spawnGit(
  cwd: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string | Uint8Array } = {},
): Promise<GitResult> {
  const result = await execa('git', args, {
    cwd,
    env: { ...gitEnvironment(process.env), ...options.env },
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    maxBuffer: 512 * 1024 * 1024,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  if (result.exitCode === undefined) {
    throw new GitError(
      result.signal === undefined
        ? `git could not be run in ${cwd}: ${result.originalMessage ?? result.shortMessage ?? 'unknown reason'}`
        : `git ${args.find((arg) => !arg.includes('=') && arg !== '-c') ?? ''} was ended by ${result.signal} in ${cwd}`,
      { cause: result },
    )
  }
  const bytes = result.stdout
  const decoder = new TextDecoder()
  let text: string | undefined
  return {
    exitCode: result.exitCode,
    bytes,
    get stdout() {
      text ??= decoder.decode(bytes)
      return text
    },
    stderr: decoder.decode(result.stderr),
  }
}
