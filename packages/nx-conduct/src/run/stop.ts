import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Ends a run when a person, Nx or the system asks for it. */
export interface Stop {
  readonly signal: AbortSignal
  /** From here on the process may lose its parent without that meaning anything. */
  release(): void
}

export interface StopOptions {
  /** What a person who stopped the run has to know; printed even where Nx has silenced all output. */
  readonly farewell?: string
  /** Shows a line to the person at the terminal. Must not wait: the process may end right after. */
  readonly tell?: (line: string) => void
}

/** How long a stopped run may take to kill its agents and record what it has. Nx kills at 5 s. */
const graceMs = 3_000

/** A person cannot press twice within this time; Nx and process groups deliver one stop as several signals. */
const onePressMs = 200

/**
 * The first signal (to this process or, before it, to one of its children), or the loss of the parent process, stops the run: no further agent starts, running ones are killed, and the
 * process ends within three seconds. A second Ctrl-C ends it at once; further ones change nothing. Other signals that follow are
 * Nx's way of delivering the first. A closed standard output is no reason to die.
 */
export function stopOnSignals(target: NodeJS.Process, options: StopOptions = {}): Stop {
  const { farewell, tell = tellPerson } = options
  const controller = new AbortController()
  let firstAt: number | undefined
  let interrupted = false
  let told = false
  const sayFarewell = () => {
    if (!interrupted || told || farewell === undefined) return
    told = true
    tell(`Stopped. ${farewell}`)
  }
  const stop = () => {
    if (firstAt !== undefined) return
    firstAt = performance.now()
    controller.abort()
    setTimeout(() => target.exit(130), graceMs).unref()
  }
  const onInterrupt = () => {
    if (firstAt !== undefined && performance.now() - firstAt > onePressMs) target.exit(130)
    if (!interrupted && farewell !== undefined) tell('\nStopping; Ctrl-C again stops at once.')
    interrupted = true
    stop()
  }
  const sentinel = startSentinel(stop)
  const handlers = [
    ['SIGINT', onInterrupt],
    ['SIGTERM', stop],
    ['SIGHUP', stop],
    ['disconnect', stop],
    ['exit', sayFarewell],
  ] as const
  for (const [event, handler] of handlers) target.on(event, handler)
  for (const stream of [target.stdout, target.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    signal: controller.signal,
    release() {
      sayFarewell()
      sentinel.dismiss()
      for (const [event, handler] of handlers) target.off(event, handler)
    },
  }
}

/**
 * A child that does nothing but wait. Nx ends a tree of processes from its leaves and tells us last, or not at all where a leaf has
 * started since it looked: so a leaf of ours that is ended by a signal is our signal. It ends with us by the end of its input.
 */
function startSentinel(onSignalled: () => void): { dismiss(): void } {
  const child = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: process.env['PATH'] } })
  // Without it, only our own signals are left to tell us.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.once('exit', (_, signal) => {
    if (signal !== null) onSignalled()
  })
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return { dismiss: () => child.stdin.end() }
}

/**
 * After Ctrl-C Nx drops all that its tasks print (unless it draws its terminal UI), so the terminal itself is written to; where there
 * is none, Nx's own standard error, which Linux lets a child open.
 */
function tellPerson(line: string): void {
  if (process.env['NX_TUI'] === 'true') return
  for (const path of ['/dev/tty', `/proc/${process.ppid}/fd/2`]) {
    try {
      const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY | constants.O_NONBLOCK)
      writeSync(file, `${line}\n`)
      closeSync(file)
      return
    } catch {
      // No terminal, no such system, or a reader that is gone: then the next place, or nobody is there to read it.
    }
  }
}
