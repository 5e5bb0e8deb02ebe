import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A real redis-server on a socket in a folder of its own. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'nx-conduct-redis-'))
  readonly socket = join(this.folder, 'redis.sock')
  readonly url = `redis+unix://${this.socket}`
  #child: ChildProcess | undefined
  #client: Redis | undefined

  /** Resolves when the server accepts connections. Starting again keeps what an append-only file holds. */
  async start(...settings: string[]): Promise<void> {
    const child = spawn(
      'redis-server',
      [
        '--port',
        '0',
        '--unixsocket',
        this.socket,
        '--dir',
        this.folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        ...settings,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk
        if (said.includes('ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(said)))
    })
    this.#client = new Redis({ path: this.socket, connectionName: 'test' })
  }

  get client(): Redis {
    if (!this.#client) throw new Error('the server is not started')
    return this.#client
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  async stop(): Promise<void> {
    this.#client?.disconnect()
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
