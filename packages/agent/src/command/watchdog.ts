import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { markVariable } from './process-tree.ts'

/**
 * Kills a command when this process dies, however it dies. It lives in a session of its own and blocks on a pipe of
 * which we alone hold the writing end: the kernel closes that end when we are gone, `kill -9` of our whole process
 * group included. It knows the mark before the command is there, finds the command by its mark (Linux) and by its group, and looks
 * again for two seconds, because a process may be between fork and exec at the first look. After one command it waits for the next:
 * starting it costs as much as starting the command.
 */
const script = `
mark= group=
while read -r word value; do
  case $word in mark) mark=$value ;; group) group=$value ;; *) mark= group= ;; esac
done
[ -n "$mark" ] || exit 0
for round in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$group" ] && kill -KILL -- "-$group"
  for file in $(grep -lszx "$1=$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -KILL "\${pid%/environ}"
  done
  sleep 0.2
done
`

/** Guards one command. */
export interface Watchdog {
  /** Tells the process group as soon as it is known. */
  guard(group: number): void
  /** The command has ended: nothing is killed. */
  dismiss(): void
  /** Lets the watchdog do what it does when we die. Resolves when it is gone. */
  endCommand(): Promise<void>
}

/** So many wait for a next command; the rest go. */
const mostIdle = 8

/** Watchdogs that have no command, by the `PATH` they were started with. They go when this process does. */
const idle = new Map<string | undefined, Dog[]>()

/**
 * A watchdog for the command that will carry `mark`. Rejects when `bash` cannot be started. Should somebody kill
 * the watchdog while the command runs, `onLost` is called: the command is unguarded from then on.
 */
export async function startWatchdog(mark: string, path: string | undefined, onLost: () => void): Promise<Watchdog> {
  const dog = takeIdle(path) ?? (await Dog.start(path))
  dog.watch(mark, onLost)
  return dog
}

function takeIdle(path: string | undefined): Dog | undefined {
  for (const waiting = idle.get(path) ?? []; ; ) {
    const dog = waiting.pop()
    if (dog === undefined || dog.isAlive) return dog
  }
}

class Dog implements Watchdog {
  readonly #path: string | undefined
  readonly #child: ChildProcess
  readonly #gone: Promise<unknown>
  #onLost: (() => void) | undefined

  private constructor(path: string | undefined, child: ChildProcess) {
    this.#path = path
    this.#child = child
    this.#gone = once(child, 'exit')
    this.#gone.catch(() => {})
    child.once('exit', () => this.#onLost?.())
  }

  static async start(path: string | undefined): Promise<Dog> {
    const child = spawn('bash', ['--norc', '-c', script, 'nx-conduct-watchdog', markVariable], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: path === undefined ? {} : { PATH: path },
    })
    const dog = new Dog(path, child)
    await once(child, 'spawn')
    // Writing to a watchdog that was killed must not throw out of nowhere; its end is reported by `exit`.
    child.stdin?.on('error', () => {})
    // One without a command keeps nobody's process alive.
    child.unref()
    // A child's pipe is a socket.
    const pipe = child.stdin as Socket | null
    pipe?.unref()
    return dog
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  watch(mark: string, onLost: () => void): void {
    this.#onLost = onLost
    this.#tell(`mark ${mark}`)
  }

  guard(group: number): void {
    this.#tell(`group ${group}`)
  }

  dismiss(): void {
    this.#onLost = undefined
    const waiting = idle.get(this.#path) ?? []
    if (!this.isAlive) return
    this.#tell('done')
    if (waiting.length >= mostIdle) this.#child.stdin?.end()
    else idle.set(this.#path, [...waiting, this])
  }

  async endCommand(): Promise<void> {
    this.#onLost = undefined
    this.#child.ref()
    this.#child.stdin?.end()
    await this.#gone
  }

  #tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }
}
