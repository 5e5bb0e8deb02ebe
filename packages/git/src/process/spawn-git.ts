import { type ChildProcess, spawn } from 'node:child_process'
import { GitError } from './git-error.ts'

/** One git process, from its start to its end. */
export interface GitProcess {
  readonly cwd: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  /** After this time the process is stopped and the call fails. */
  readonly timeoutMs: number
  /** A session of its own: it cannot ask at the terminal, and its helpers (ssh, curl) end together with it. */
  readonly ownSession: boolean
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly bytes: Uint8Array
  readonly stderr: string
}

const mostBytes = 512 * 1024 * 1024
/** How long git may take to remove its lock files once it was told to stop. */
const stopGraceMs = 2_000
/** How long output may stay silent after git has ended: a background process of a helper can keep the pipe open. */
const silentMs = 500

/** Runs git to its end. Throws {@link GitError} when it cannot be started, is ended by a signal or takes too long. */
export function spawnGit(request: GitProcess): Promise<GitResult> {
  const { args, cwd, input, timeoutMs, ownSession } = request
  const child = spawn('git', args, {
    cwd,
    env: { ...request.env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: ownSession,
  })
  if (ownSession) stopWithUs(child)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let arrived = 0
  let stopped: { readonly why: string; readonly isTooLate: boolean } | undefined
  let killTimer: NodeJS.Timeout | undefined
  const stop = (why: string, isTooLate: boolean): void => {
    if (stopped !== undefined) return
    stopped = { why, isTooLate }
    signal(child, 'SIGTERM', ownSession)
    killTimer = setTimeout(() => signal(child, 'SIGKILL', ownSession), stopGraceMs)
  }
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    arrived += chunk.length
    if (arrived > mostBytes) stop(`printed more than ${mostBytes} bytes and was stopped`, false)
    else into.push(chunk)
  }
  child.stdout?.on('data', collect(stdout))
  child.stderr?.on('data', collect(stderr))
  // A git that exits before it has read everything says why on stderr; the broken pipe itself adds nothing.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stop(`did not end within ${timeoutMs / 1000} s and was stopped`, true), timeoutMs)
    const failed = (why: string, isTooLate: boolean) =>
      reject(new GitError(`git ${commandIn(args)} ${why} in ${cwd}`, { isTooLate }))
    child.once('error', (error) => {
      clearTimeout(timer)
      // The arguments may hold the login of a URL.
      if ('spawnargs' in error) error.spawnargs = []
      reject(new GitError(`git could not be run in ${cwd}: ${error.message}`, { cause: error }))
    })
    child.once('exit', () => endOutput(child, () => arrived))
    child.once('close', (exitCode, endSignal) => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      if (stopped !== undefined) failed(stopped.why, stopped.isTooLate)
      else if (exitCode === null) failed(`was ended by ${endSignal}`, false)
      else resolve(resultOf(exitCode, Buffer.concat(stdout), Buffer.concat(stderr)))
    })
  })
}

function resultOf(exitCode: number, bytes: Buffer, stderr: Buffer): GitResult {
  const decoder = new TextDecoder()
  let text: string | undefined
  return {
    exitCode,
    bytes,
    get stdout() {
      text ??= decoder.decode(bytes)
      return text
    },
    stderr: decoder.decode(stderr),
  }
}

/** Closes the pipes of a process that has ended as soon as nothing more arrives, whoever else holds them. */
function endOutput(child: ChildProcess, arrived: () => number): void {
  let before = arrived()
  const timer = setInterval(() => {
    // What is in the pipe already is read before this runs, also after the event loop was blocked for long.
    setImmediate(() => {
      if (arrived() === before) {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }
      before = arrived()
    })
  }, silentMs)
  child.once('close', () => clearInterval(timer))
}

const running = new Set<ChildProcess>()

/** Ends the process, and what it has started, when this one exits. */
function stopWithUs(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', stopAll)
  running.add(child)
  child.once('close', () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', stopAll)
  })
}

function stopAll(): void {
  for (const child of running) signal(child, 'SIGKILL', true)
}

function signal(child: ChildProcess, name: NodeJS.Signals, group: boolean): void {
  if (child.pid === undefined) return
  try {
    process.kill(group ? -child.pid : child.pid, name)
  } catch {
    // It has ended by itself.
  }
}

/** The git command among its arguments: what comes after the settings. */
function commandIn(args: readonly string[]): string {
  let at = 0
  while (args[at] === '-c') at += 2
  return args[at] ?? ''
}
