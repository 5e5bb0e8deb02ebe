import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'

/**
 * A Redis server of our own, with its files in `folder`. Throws when there is no `redis-server`.
 *
 * @param {string} folder
 * @param {readonly string[]} [settings] further arguments, e.g. `['--maxmemory', '3mb']`
 */
export async function startRedis(folder, settings = [], port = undefined) {
  await mkdir(folder, { recursive: true })
  const at = port ?? (await freePort())
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', ...settings]
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const ended = new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error('redis-server cannot be started: apt-get install redis-server', { cause })),
    )
    server.once('exit', resolve)
  })
  const client = new Redis({ port: at, retryStrategy: () => 30, maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  await Promise.race([client.ping(), ended])
  return {
    port: at,
    pid: server.pid,
    url: (db = 0) => `redis://127.0.0.1:${at}/${db}`,
    client,
    kill: (signal) => server.kill(signal),
    async stop() {
      client.disconnect()
      server.kill('SIGKILL')
      await ended
    },
  }
}

const leaseMs = 30_000

/** What of a run's mirror in a database of its own is not as git has it. One sentence each. */
export async function brokenMirror({ host = '127.0.0.1', port }, db, tip) {
  const client = new Redis({ host, port, db })
  try {
    const keys = await client.keys('conduct:*')
    const leases = keys.filter((key) => key.includes(':lease:'))
    const lasting = []
    // A lease that could not be given back while the server was away ends by the server's clock.
    for (const lease of leases) {
      const leftMs = await client.pttl(lease)
      if (leftMs === -1 || leftMs > leaseMs) lasting.push(lease)
    }
    const [meta, ...others] = keys.filter((key) => key.endsWith(':meta'))
    if (meta === undefined || others.length > 0)
      return [`Redis holds ${others.length + (meta ? 1 : 0)} mirrors, not one`]
    const mirrored = await client.hget(meta, 'tip')
    return [
      ...(mirrored === tip ? [] : [`the mirror in Redis ends at ${mirrored}, the log in git at ${tip}`]),
      ...(lasting.length === 0 ? [] : [`leases without an end in Redis: ${lasting.join(', ')}`]),
    ]
  } finally {
    client.disconnect()
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
