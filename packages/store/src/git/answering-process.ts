import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { type GitPlace, gitEnvironment, gitSettings } from './environment.ts'
import { GitFailure } from './git-failure.ts'

/** Takes one answer off the front of what has arrived, or says how many bytes it needs to go on. */
export type Take<T> = (arrived: Buffer) => { readonly value: T; readonly used: number } | { readonly needs: number }

interface Pending {
  readonly take: Take<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

const rememberedStderr = 4096
/** How long a process may take to end once its input is closed. */
const closeMs = 2_000

/**
 * A long-lived git command that answers each request in order. Started with the first request and again after it died;
 * it holds the Node process only while an answer is awaited, and ends by itself when its input closes, so that it
 * cannot outlive us. It runs in a session of its own: Ctrl-C in a terminal is ours to handle.
 */
export class AnsweringProcess {
  readonly #place: GitPlace
  readonly #args: readonly string[]
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined
  #closed: Promise<void> = Promise.resolve()
  #pending: Pending[] = []
  #chunks: Buffer[] = []
  #arrived = 0
  #needs = 1
  #stderr = ''

  constructor(place: GitPlace, args: readonly string[]) {
    this.#place = place
    this.#args = args
  }

  /** Sends a request. Rejects with `GitFailure` when the process ends before it has answered. */
  ask<T>(request: string, take: Take<T>): Promise<T> {
    const child = this.#child ?? this.#start()
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) this.#hold(child)
      this.#pending.push({ take, resolve: resolve as (value: unknown) => void, reject })
      child.stdin.write(request)
    })
  }

  /** Ends the process; resolves when it is gone. */
  async close(): Promise<void> {
    const child = this.#child
    if (!child) return
    child.stdin.end()
    this.#hold(child)
    const late = setTimeout(() => child.kill('SIGKILL'), closeMs)
    await this.#closed
    clearTimeout(late)
  }

  #start(): ChildProcessByStdio<Writable, Readable, Readable> {
    const child = spawn('git', [...gitSettings, ...this.#args], {
      cwd: this.#place.commonDir,
      env: gitEnvironment(this.#place),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child = child
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
      const ended = (cause?: Error) => {
        if (this.#child === child) this.#child = undefined
        const failure = new GitFailure(this.#args.join(' '), this.#stderr || cause?.message || '', { cause })
        for (const { reject } of this.#pending.splice(0)) reject(failure)
        resolve()
      }
      child.once('error', ended)
      child.once('close', () => ended())
    })
    this.#letGo(child)
    return child
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#arrived += chunk.length
    while (this.#pending.length > 0 && this.#arrived >= this.#needs) {
      const whole = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks)
      const [next] = this.#pending
      const taken = next?.take(whole)
      if (!next || !taken) return
      if ('needs' in taken) {
        this.#chunks = [whole]
        this.#needs = taken.needs
        return
      }
      this.#pending.shift()
      this.#chunks = [whole.subarray(taken.used)]
      this.#arrived = whole.length - taken.used
      this.#needs = 1
      next.resolve(taken.value)
    }
    if (this.#pending.length === 0 && this.#child) this.#letGo(this.#child)
  }

  #hold(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
    child.ref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).ref()
  }

  #letGo(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
    child.unref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref()
  }
}

/** Takes `count` lines. */
export function takeLines(count: number): Take<string[]> {
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
