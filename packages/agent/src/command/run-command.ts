import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandOutcome, CommandRequest, SandboxMode } from '../contract.ts'
import { Capture } from './capture.ts'
import { LiveOutput } from './live-output.ts'
import { markVariable, type ProcessTree, signalTree, startTimeOf } from './process-tree.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

/** How commands are held: not yet. Summaries say so. */
export const sandboxMode: SandboxMode = 'none'

const defaultKeepBytes = 64 * 1024

/** A stopped command has this long between SIGTERM and SIGKILL. */
const politeMs = 500

/** What a command left running after its normal end has this long. */
const leftoverMs = 200

/** What the dead have printed may still be in the pipe; only one who escaped us can hold it open this long. */
const drainMs = 1000

/** Past this we report what we know; only an unkillable process (kernel wait) lives that long after SIGKILL. */
const unkillableMs = 2000

/**
 * Who ends a tree of processes from its leaves, as Nx does, kills commands and watchdogs first and tells us last. A command that
 * died by a signal that is not ours is judged after this time: it did not fail where the run is being stopped.
 */
const stopNoticeMs = 1500

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/**
 * Runs one command by `bash -c`: the only way commands of agents and tests are run. Promises:
 * the environment is exactly `env` (plus a mark of ours); the call ends by `timeoutMs` or soon after an abort even when
 * a descendant holds the output open; when it has ended, nothing the command started is alive, daemons included (see
 * `signalTree` for the limit); the command dies when this process does. Output is bounded and redacted. Never rejects.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const started = performance.now()
  const capture = new Capture(request.keepBytes ?? defaultKeepBytes, request.secrets ?? [])
  const done = <T>(end: T) => ({ ...capture.finish(), durationMs: Math.round(performance.now() - started), ...end })
  if (request.signal?.aborted) return done({ kind: 'aborted' as const })
  if (!isDirectory(request.cwd))
    return done({ kind: 'not-started' as const, message: `The directory ${request.cwd} does not exist.` })

  const mark = randomUUID()
  const stop = new StopReason(request)
  try {
    const watchdog = await startWatchdog(mark, request.env['PATH'], () => stop.set('unguarded'))
    const end = await runGuarded(request, mark, watchdog, capture, stop).catch(async (error: unknown) => {
      await watchdog.endCommand()
      throw error
    })
    if (diedBySignal(end, stop)) await stop.awaitAbort(stopNoticeMs)
    watchdog.dismiss()
    return done(verdict(end, stop, request))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return done({ kind: 'not-started' as const, message: `\`bash\` could not be run in ${request.cwd}: ${why}` })
  } finally {
    stop.dispose()
  }
}

async function runGuarded(
  request: CommandRequest,
  mark: string,
  watchdog: Watchdog,
  capture: Capture,
  stop: StopReason,
): Promise<End> {
  // One pipe for both streams keeps their order; the inner shell sees the command as its own line 1.
  // `--norc`: with a socket as standard input, which Node's pipes are, bash believes in a remote shell and reads ~/.bashrc.
  const child = spawn('bash', ['--norc', '-c', 'exec 2>&1; exec bash --norc -c "$1"', 'bash', request.command], {
    cwd: request.cwd,
    env: { ...request.env, [markVariable]: mark },
    detached: true,
    stdio: [request.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  exited.catch(() => {})
  await once(child, 'spawn')
  const group = child.pid ?? Number.NaN
  const { ownFolder: folder } = request
  const own = folder === undefined ? {} : { own: { folder, since: startTimeOf(group) } }
  const tree: ProcessTree = { group, mark, ...own }
  watchdog.guard(tree.group)
  feed(child, request.stdin)
  const drained = drain(child, capture, request)

  stop.arm()
  const finished = await Promise.race([exited, stop.promise])
  await endTree(tree, finished === undefined ? politeMs : leftoverMs, exited)
  await Promise.race([drained, sleep(drainMs, undefined, { ref: false })])
  child.stdout?.destroy()
  await drained
  const [code, signal] =
    finished ?? (await Promise.race([exited, sleep(unkillableMs, [null, 'SIGKILL'] as const, { ref: false })]))
  return { code, signal }
}

/** SIGTERM, time to leave, SIGKILL until nobody is found. No wait at all when nobody is left. */
async function endTree(tree: ProcessTree, graceMs: number, exited: Promise<unknown>): Promise<void> {
  const killAt = performance.now() + graceMs
  const giveUpAt = killAt + unkillableMs
  const dead = exited.then(() => true)
  for (let signal: NodeJS.Signals = 'SIGTERM'; signalTree(tree, signal) && performance.now() < giveUpAt; ) {
    await Promise.race([dead, sleep(20)])
    await sleep(10)
    // SIGCONT while we wait: it asks who is left, and a stopped process can act on its SIGTERM.
    signal = performance.now() < killAt ? 'SIGCONT' : 'SIGKILL'
  }
}

function drain(child: ChildProcess, capture: Capture, request: CommandRequest): Promise<unknown> {
  const live = request.onOutput && new LiveOutput(request.onOutput, request.secrets ?? [])
  const stdout = child.stdout
  if (!stdout) return Promise.resolve()
  stdout.on('data', (chunk: Buffer) => {
    capture.add(chunk)
    live?.add(chunk)
  })
  return new Promise((resolve) => {
    // A reset pipe has said all it will say; `close` follows.
    stdout.on('error', () => {})
    stdout.once('close', () => {
      live?.finish()
      resolve(undefined)
    })
  })
}

function feed(child: ChildProcess, stdin: string | undefined): void {
  // A command that does not read its input is free not to (EPIPE).
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin)
}

/** Whether somebody else ended the command, directly or through the shell that waited for it. */
function diedBySignal({ code, signal }: End, { reason }: StopReason): boolean {
  if (reason !== undefined) return reason === 'unguarded'
  return signal !== null || code === 129 || code === 130 || code === 137 || code === 143
}

function verdict(end: End, stop: StopReason, request: CommandRequest) {
  switch (stop.reason) {
    case 'timed-out':
      return { kind: 'timed-out', timeoutMs: request.timeoutMs } as const
    case 'aborted':
      return { kind: 'aborted' } as const
    case 'unguarded':
      return { kind: 'signaled', signal: 'SIGKILL' } as const
    case undefined:
      return end.code === null
        ? ({ kind: 'signaled', signal: end.signal ?? 'SIGKILL' } as const)
        : ({ kind: 'exited', exitCode: end.code } as const)
  }
}

/** The first reason to stop a command before its own end. */
class StopReason {
  reason: 'timed-out' | 'aborted' | 'unguarded' | undefined
  readonly promise: Promise<undefined>
  readonly #request: CommandRequest
  readonly #resolve: (value: undefined) => void
  readonly #onAbort = () => this.set('aborted')
  #timer: NodeJS.Timeout | undefined

  constructor(request: CommandRequest) {
    this.#request = request
    let resolve: (value: undefined) => void = () => {}
    this.promise = new Promise((settle) => {
      resolve = settle
    })
    this.#resolve = resolve
  }

  arm(): void {
    // Longer timers fire at once in Node.
    this.#timer = setTimeout(() => this.set('timed-out'), Math.min(this.#request.timeoutMs, 2 ** 31 - 1))
    const { signal } = this.#request
    if (!signal) return
    // All commands of a run listen to one signal; more than ten of them are no leak.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', this.#onAbort, { once: true })
    if (signal.aborted) this.set('aborted')
  }

  /** Waits until the abort comes, at most this long. An abort overrules the loss of the watchdog. */
  async awaitAbort(ms: number): Promise<void> {
    const { signal } = this.#request
    if (!signal) return
    // The wait is cut short by the abort, which is what it waits for.
    if (!signal.aborted) await sleep(ms, undefined, { signal }).catch(() => {})
    if (signal.aborted) this.reason = 'aborted'
  }

  set(reason: 'timed-out' | 'aborted' | 'unguarded'): void {
    this.reason ??= reason
    this.#resolve(undefined)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#request.signal?.removeEventListener('abort', this.#onAbort)
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
