import { type GitPlace, gitEnvironment, placeEnvironment, settingArguments } from './environment.ts'
import { GitCommandError } from './git-error.ts'
import { type GitResult, spawnGit } from './spawn-git.ts'

export interface GitRun {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly config?: readonly string[]
  /** Exit codes that are answers; others throw. Default: 0 alone. */
  readonly exits?: readonly number[]
  /** Default: {@link localTimeoutMs}, for a remote {@link remoteTimeoutMs}. */
  readonly timeoutMs?: number
  /** The command talks to another repository: it gets what a login needs, and cannot ask at the terminal. */
  readonly remote?: boolean
}

/** A local command ends or hangs: ten minutes are more than the largest checkout takes. */
export const localTimeoutMs = 600_000
/** What a push or a fetch of accepted work may take. */
export const remoteTimeoutMs = 120_000

/** Runs git and returns its answer. Throws {@link GitCommandError} when the exit code is none of `options.exits`. */
export async function git(place: GitPlace, args: readonly string[], options: GitRun = {}): Promise<GitResult> {
  const { input, exits = [0], remote = false } = options
  const result = await spawnGit({
    cwd: place.cwd,
    args: [...settingArguments(...(place.config ?? []), ...(options.config ?? [])), ...args],
    env: { ...placeEnvironment(place, remote), ...options.env },
    timeoutMs: options.timeoutMs ?? (remote ? remoteTimeoutMs : localTimeoutMs),
    ownSession: remote,
    ...(input === undefined ? {} : { input }),
  })
  if (!exits.includes(result.exitCode)) throw new GitCommandError(args, result.exitCode, result.stderr, place.cwd)
  return result
}

/** What git answers, as text. */
export async function gitText(place: GitPlace, args: readonly string[], options: GitRun = {}): Promise<string> {
  return (await git(place, args, options)).stdout
}

/** The first line of what git answers. */
export async function gitLine(place: GitPlace, args: readonly string[], options: GitRun = {}): Promise<string> {
  return firstLine((await git(place, args, options)).stdout)
}

/** Runs git where no repository is known yet: git looks for one from `cwd` on. Any exit code is an answer. */
export function gitAnywhere(cwd: string, args: readonly string[]): Promise<GitResult> {
  const env = gitEnvironment(process.env)
  return spawnGit({ cwd, args, env, timeoutMs: localTimeoutMs, ownSession: false })
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
