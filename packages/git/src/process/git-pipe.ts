import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { type GitPlace, placeEnvironment, settingArguments } from './environment.ts'
import { GitCommandError, GitError } from './git-error.ts'

/** Reads one answer from the front of what has arrived, or says how many bytes it needs before it can. */
export type Parser<T> = (arrived: Buffer) => Parsed<T>
export type Parsed<T> = { readonly value: T; readonly used: number } | { readonly needs: number }

type Child = ChildProcessByStdio<Writable, Readable, Readable>

interface Request {
  /** Tries to answer the request from what has arrived. */
  readonly answer: Parser<unknown>
  readonly reject: (error: Error) => void
}

export interface GitPipeTimes {
  /** How long git may be silent while a request waits for its answer. */
  readonly answerMs?: number
  /** How long git may take to end once its input is closed. */
  readonly closeMs?: number
  /** After how long without a request the process ends. Default: never. */
  readonly idleMs?: number
}

const rememberedStderr = 4096

/**
 * A long-lived git command that answers each request in order. It is started by the first request, and again after it
 * died. It keeps this Node process alive only while an answer is awaited, and ends by itself when its input closes, so it
 * cannot outlive us. It runs in a session of its own: Ctrl-C in a terminal is ours to handle.
 */
export class GitPipe {
  readonly #place: GitPlace
  readonly #args: readonly string[]
  readonly #answerMs: number
  readonly #closeMs: number
  readonly #idleMs: number | undefined
  #idle: NodeJS.Timeout | undefined
  #child: Child | undefined
  #closed: Promise<void> = Promise.resolve()
  #requests: Request[] = []
  #silence: NodeJS.Timeout | undefined
  #isLate = false
  #chunks: Buffer[] = []
  #arrived = 0
  #needs = 1
  #stderr = ''

  constructor(
    place: GitPlace,
    args: readonly string[],
    { answerMs = 60_000, closeMs = 2_000, idleMs }: GitPipeTimes = {},
  ) {
    this.#place = place
    this.#args = args
    this.#answerMs = answerMs
    this.#closeMs = closeMs
    this.#idleMs = idleMs
  }

  /** Sends a request. Rejects with {@link GitError} when the process ends, or is silent for too long, before it has answered. */
  ask<T>(request: string | Buffer, parse: Parser<T>): Promise<T> {
    clearTimeout(this.#idle)
    const child = this.#child ?? this.#start()
    return new Promise((resolve, reject) => {
      if (this.#requests.length === 0) this.#await(child)
      const answer: Parser<unknown> = (arrived) => {
        const parsed = parse(arrived)
        if ('value' in parsed) resolve(parsed.value)
        return parsed
      }
      this.#requests.push({ answer, reject })
      child.stdin.write(request)
    })
  }

  /** Ends the process; resolves when it is gone. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    if (!child) return
    child.stdin.end()
    keepAlive(child, true)
    const late = setTimeout(() => child.kill('SIGKILL'), this.#closeMs)
    await this.#closed
    clearTimeout(late)
  }

  #start(): Child {
    const child = spawn('git', [...settingArguments(...(this.#place.config ?? [])), ...this.#args], {
      cwd: this.#place.cwd,
      env: placeEnvironment(this.#place),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child = child
    this.#isLate = false
    this.#stderr = ''
    this.#chunks = []
    this.#arrived = 0
    this.#needs = 1
    child.stdin.on('error', () => undefined)
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-rememberedStderr)
    })
    this.#closed = new Promise((resolve) => {
      const ended = (error: GitError) => {
        resolve()
        // It was let go when it was idle; the requests are another's.
        if (this.#child !== child) return
        this.#child = undefined
        clearTimeout(this.#silence)
        for (const { reject } of this.#requests.splice(0)) reject(error)
      }
      child.once('error', (error) =>
        ended(new GitError(`git could not be run in ${this.#place.cwd}: ${error.message}`, { cause: error })),
      )
      child.once('close', (exitCode, signal) => ended(this.#endError(exitCode, signal)))
    })
    keepAlive(child, false)
    return child
  }

  #receive(chunk: Buffer): void {
    this.#silence?.refresh()
    this.#chunks.push(chunk)
    this.#arrived += chunk.length
    while (this.#requests.length > 0 && this.#arrived >= this.#needs) {
      const whole = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks)
      const parsed = this.#requests[0]?.answer(whole)
      if (!parsed) return
      if ('needs' in parsed) {
        this.#chunks = [whole]
        this.#needs = parsed.needs
        return
      }
      this.#requests.shift()
      this.#chunks = [whole.subarray(parsed.used)]
      this.#arrived = whole.length - parsed.used
      this.#needs = 1
    }
    if (this.#requests.length > 0 || !this.#child) return
    clearTimeout(this.#silence)
    keepAlive(this.#child, false)
    this.#letGoWhenIdle(this.#child)
  }

  #letGoWhenIdle(child: Child): void {
    if (this.#idleMs === undefined) return
    this.#idle = setTimeout(() => {
      this.#child = undefined
      child.stdin.end()
    }, this.#idleMs)
    this.#idle.unref()
  }

  #await(child: Child): void {
    keepAlive(child, true)
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      this.#isLate = true
      child.kill('SIGKILL')
    }, this.#answerMs)
  }

  #endError(exitCode: number | null, signal: NodeJS.Signals | null): GitError {
    const { cwd } = this.#place
    const command = this.#args[0] ?? ''
    if (this.#isLate) return new GitError(`git ${command} gave no answer within ${this.#answerMs / 1000} s in ${cwd}`)
    if (exitCode === null) return new GitError(`git ${command} was ended by ${signal} in ${cwd}`)
    return new GitCommandError(this.#args, exitCode, this.#stderr, cwd)
  }
}

/** Whether the child and its pipes keep this Node process from ending. */
function keepAlive(child: Child, wanted: boolean): void {
  for (const each of [child, child.stdin, child.stdout, child.stderr]) {
    if (each !== child && !(each instanceof Socket)) continue
    const handle: Pick<Socket, 'ref' | 'unref'> | Child = each
    if (wanted) handle.ref()
    else handle.unref()
  }
}

/** Reads `count` lines. */
export function parseLines(count: number): Parser<string[]> {
  return (arrived) => {
    let used = 0
    const lines: string[] = []
    for (let index = 0; index < count; index++) {
      const end = arrived.indexOf(10, used)
      if (end < 0) return { needs: arrived.length + 1 }
      lines.push(arrived.toString('utf8', used, end))
      used = end + 1
    }
    return { value: lines, used }
  }
}
