import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { initialState, reduce } from '@nx-conduct/store'
import { Redis } from 'ioredis'
import { readEvents } from './history.mjs'

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
const sections = ['runs', 'steps', 'sessions', 'evidence', 'epochs']

/**
 * What of a run's mirror in a database of its own is not as the log in git has it. One sentence each.
 *
 * @param {{ host?: string, port?: number, path?: string }} server `path`: its socket
 */
export async function brokenMirror({ host = '127.0.0.1', port, path }, db, workspace) {
  const client = new Redis(path === undefined ? { host, port, db } : { path, db })
  try {
    const keys = await client.keys('conduct:*')
    const metas = keys.filter((key) => key.endsWith(':meta'))
    if (metas.length !== 1) return [`Redis holds ${metas.length} mirrors, not one`]
    const name = (part) => metas[0].replace(/meta$/, part)
    const problems = []
    const tip = await workspace.git('rev-parse', 'refs/conduct/spec/log')
    const mirrored = await client.hget(name('meta'), 'tip')
    if (mirrored !== tip) problems.push(`the mirror in Redis ends at ${mirrored}, the log in git at ${tip}`)
    const events = await readEvents(workspace)
    const entries = await client.xrange(name('log'), '-', '+')
    const told = entries.map(([, fields]) => JSON.parse(fields[fields.indexOf('event') + 1]))
    if (!isDeepStrictEqual(told, events))
      problems.push(`Redis mirrors ${told.length} events that are not the ${events.length} in git`)
    const state = fold(events)
    for (const section of sections) {
      const held = Object.entries(await client.hgetall(name(section))).map(([key, value]) => [key, JSON.parse(value)])
      if (!isDeepStrictEqual(Object.fromEntries(held), plain(state[section]))) {
        problems.push(`the ${section} in Redis are not those of the log`)
      }
    }
    const complete = events.filter(({ body }) => body.type === 'phase.complete').map(({ seq }) => seq)
    const checkpoints = (await client.lrange(name('checkpoints'), 0, -1)).map((each) => JSON.parse(each).seq)
    if (!isDeepStrictEqual(checkpoints, complete))
      problems.push(`Redis lists the checkpoints ${checkpoints}, not ${complete}`)
    for (const lease of keys.filter((key) => key.includes(':lease:'))) {
      // A lease that could not be given back while the server was away ends by the server's clock.
      const leftMs = await client.pttl(lease)
      if (leftMs === -1 || leftMs > leaseMs) problems.push(`a lease without an end in Redis: ${lease}`)
    }
    return problems
  } finally {
    client.disconnect()
  }
}

function fold(events) {
  return events.reduce((state, event) => {
    const reduced = reduce(state, event)
    if (reduced.kind !== 'ok') throw new Error(reduced.message)
    return reduced.state
  }, initialState())
}

/** As it comes back from JSON, where there are no prototypes and no undefined values. */
function plain(value) {
  return JSON.parse(JSON.stringify(value))
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
